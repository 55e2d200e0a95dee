import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keeperScript } from '../../src/cli/demo/keeper-process.js'
import { projectRoot } from '../../src/config/project-root.js'

/** Short keys in every place of a URL that can hold one; two of them are ordinary words. */
const KEYS = ['pw1x', 'lido', 'k3y9', 'hush']

/** An endpoint that answers every request with what it was asked, path, query and credentials included. */
async function echo(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => {
    const basic = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString()
    const message = `no project at ${request.url} for ${basic}, see http://x:${basic}@127.0.0.1${request.url}`
    request.resume().on('end', () => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

test.each(['run', 'doctor', 'sync'])('keeper %s shows endpoints by their host, whatever they echo', async (command) => {
  const { server, port } = await echo()
  const dataDir = mkdtempSync(join(tmpdir(), 'keeper-echo-'))
  const at = `u:pw1x@127.0.0.1:${port}/lido/k3y9?auth=hush`
  try {
    const child = spawn(process.execPath, [...keeperScript(), command], {
      env: {
        PATH: process.env['PATH'] ?? '',
        KEEPER_ENV_FILE: '',
        RPC_URLS: `http://${at},ws://${at}`,
        RELAY_URLS: `http://${at.replace('u:pw1x@', '')}&relay=1`,
        MARKETS_FILE: join(projectRoot(), 'config/markets/aave-v3-base.json'),
        DATA_DIR: dataDir,
        LOG_LEVEL: 'debug',
        METRICS_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => child.once('close', resolve))
    const all = said + (command === 'run' ? readFileSync(join(dataDir, 'logs/keeper.log'), 'utf8') : '')
    expect(all).toContain(`http://127.0.0.1:${port}/…`)
    expect(all).toContain('no project at')
    for (const key of KEYS) expect(all).not.toContain(key)
    expect(code).not.toBe(0)
  } finally {
    server.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
