import { connect } from 'node:net'
import { Secret } from '../../src/config/secret.js'
import { SettingsError } from '../../src/domain/errors.js'
import { healthOf, scanProblem, type HealthReport, type Pulse } from '../../src/ops/health.js'
import { startHttp, type HttpServer } from '../../src/ops/http.js'
import { createMetrics } from '../../src/ops/metrics.js'
import { Redactor } from '../../src/ops/redaction.js'

const servers: HttpServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serve(health: () => HealthReport, metrics = createMetrics()): Promise<string> {
  const redactor = new Redactor([new Secret('hush-hush')])
  const server = await startHttp({ port: 0, health, metrics, redactor })
  servers.push(server)
  return `http://127.0.0.1:${server.port}`
}

/** Status and body of a GET with this `Host` header, or (HTTP/1.0) without any. */
async function askAs(port: number, path: string, host: string | null): Promise<[status: number, body: string]> {
  const socket = connect(port, '127.0.0.1')
  socket.write(
    host === null
      ? `GET ${path} HTTP/1.0\r\n\r\n`
      : `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  let answer = ''
  for await (const part of socket) answer += String(part)
  return [Number(answer.split(' ')[1]), answer.slice(answer.indexOf('\r\n\r\n') + 4)]
}

const NOW = 1_000_000_000_000
const pulse = (change: Partial<Pulse> = {}): Pulse => ({
  nowMs: NOW,
  startedAtMs: NOW - 600_000,
  headNumber: 100,
  headAgeMs: 5_000,
  headProblem: null,
  scannedAtMs: NOW - 4_000,
  scannedBlock: 100,
  maxScanGapMs: 48_000,
  ...change,
})

describe('health', () => {
  test('a fresh head that was scanned is well', () => {
    expect(healthOf(pulse())).toEqual({
      problems: [],
      facts: { head: 100, headAgeSeconds: 5, scannedBlock: 100, upSeconds: 600 },
    })
  })

  test('a stale head and a scan that stands still are each a reason', () => {
    const ill = pulse({ headProblem: 'head 100 is 50 s old', scannedBlock: 90, scannedAtMs: NOW - 60_000 })
    expect(healthOf(ill, { problems: ['kill switch'], facts: { mode: 'live' } })).toEqual({
      problems: [
        'head 100 is 50 s old',
        'the scan stands still: the last scan was of block 90, 60 s ago, and the head is 100',
        'kill switch',
      ],
      facts: { head: 100, headAgeSeconds: 5, scannedBlock: 90, upSeconds: 600, mode: 'live' },
    })
  })

  test('a scan may lag behind the head for a while, to the millisecond', () => {
    expect(scanProblem(pulse({ scannedBlock: 99, scannedAtMs: NOW - 48_000 }))).toBeNull()
    expect(scanProblem(pulse({ scannedBlock: 99, scannedAtMs: NOW - 48_001 }))).toMatch(/stands still/)
    expect(scanProblem(pulse({ scannedBlock: null, scannedAtMs: null }))).toMatch(/nothing was scanned yet/)
    expect(scanProblem(pulse({ headNumber: null, scannedBlock: null, scannedAtMs: null }))).toBeNull()
  })
})

describe('the server', () => {
  test('200 with facts, 503 with reasons, nothing secret', async () => {
    const problems: string[] = []
    const url = await serve(() => ({ problems, facts: { mode: 'dry-run', why: 'hush-hush' } }))
    const well = await fetch(`${url}/healthz`)
    expect(well.status).toBe(200)
    expect(await well.json()).toEqual({ status: 'ok', problems: [], mode: 'dry-run', why: '[secret]' })
    problems.push('the head is stale at hush-hush')
    const ill = await fetch(`${url}/healthz`)
    expect(ill.status).toBe(503)
    expect(await ill.json()).toMatchObject({ status: 'failing', problems: ['the head is stale at [secret]'] })
    expect((await fetch(`${url}/other`)).status).toBe(404)
  })

  test('a request that came by another name is refused', async () => {
    const health = jest.fn(() => ({ problems: [], facts: {} }))
    const url = await serve(health)
    const { port } = new URL(url)
    const line = `refused: the Host header must be 127.0.0.1:${port}, localhost:${port} or [::1]:${port}\n`
    const other = ['evil.example', `evil.example:${port}`, '127.0.0.1', 'localhost:1', `127.0.0.1.evil.example:${port}`]
    for (const host of [...other, `0.0.0.0:${port}`, '', null])
      for (const path of ['/healthz', '/metrics', '/other'])
        expect([host, path, ...(await askAs(Number(port), path, host))]).toEqual([host, path, 403, line])
    expect(health).not.toHaveBeenCalled()
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
      for (const path of ['/healthz', '/metrics']) expect((await askAs(Number(port), path, host))[0]).toBe(200)
  })

  test('a health check that throws is a failing one', async () => {
    const url = await serve(() => {
      throw new Error('no idea, hush-hush')
    })
    const answer = await fetch(`${url}/healthz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'failing', problems: ['cannot tell: no idea, [secret]'] })
  })

  test('a port in use names METRICS_PORT', async () => {
    const url = await serve(() => ({ problems: [], facts: {} }))
    const port = Number(new URL(url).port)
    const second = startHttp({
      port,
      health: () => ({ problems: [], facts: {} }),
      metrics: createMetrics(),
      redactor: new Redactor(),
    })
    const refused = expect(second).rejects
    await refused.toThrow(SettingsError)
    await expect(second).rejects.toThrow(`METRICS_PORT: port ${port} is in use`)
  })
})

describe('metrics', () => {
  test('counters, gauges and histograms as Prometheus reads them', async () => {
    const metrics = createMetrics()
    metrics.count('heads')
    metrics.count('heads', {}, 2)
    metrics.count('bundles', { relay: 'a', outcome: 'accepted' })
    metrics.gauge('profit_usd', -1.5)
    metrics.observe('scan_seconds', 0.004, { market: 'core' })
    const url = await serve(() => ({ problems: [], facts: {} }), metrics)
    const answer = await fetch(`${url}/metrics`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const page = await answer.text()
    expect(page).toContain('# TYPE keeper_heads_total counter')
    expect(page).toContain('# HELP keeper_heads_total Blocks that became the head')
    expect(page).toMatch(/^keeper_heads_total 3$/m)
    expect(page).toMatch(/^keeper_bundles_total\{relay="a",outcome="accepted"\} 1$/m)
    expect(page).toMatch(/^keeper_profit_usd -1\.5$/m)
    expect(page).toMatch(/^keeper_scan_seconds_bucket\{le="0\.005",market="core"\} 1$/m)
    expect(page).toMatch(/^keeper_scan_seconds_bucket\{le="0\.0025",market="core"\} 0$/m)
    expect(page).toContain('process_resident_memory_bytes')
  })

  test('labels that differ from the first use never throw', async () => {
    const metrics = createMetrics()
    metrics.count('refusals', { code: 'dust-rule' })
    metrics.count('refusals')
    metrics.count('refusals', { code: 'dust-rule', extra: 'x' })
    const page = await metrics.page()
    expect(page).toMatch(/^keeper_refusals_total\{code="dust-rule"\} 2$/m)
    expect(page).toMatch(/^keeper_refusals_total\{code=""\} 1$/m)
  })
})
