import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/config/project-root.js'
import { METRIC_HELP } from '../../src/ops/metric-names.js'
import { createMetrics } from '../../src/ops/metrics.js'

const EMITTED = /\.(count|gauge|observe)\(\s*'([^']+)'/g
const KINDS = { count: 'counter', gauge: 'gauge', observe: 'histogram' } as const

interface Emission {
  readonly kind: keyof typeof KINDS
  readonly name: string
  readonly file: string
}

/** Every place of the keeper that emits a metric. The devnet has counters of its own, which are nobody's metrics. */
function emissions(): Emission[] {
  const found: Emission[] = []
  for (const folder of ['src', 'strategies']) {
    const root = join(projectRoot(), folder)
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.startsWith('devnet')) continue
      for (const [, kind = '', name = ''] of readFileSync(join(root, file), 'utf8').matchAll(EMITTED))
        found.push({ kind: kind as Emission['kind'], name, file: join(folder, file) })
    }
  }
  return found
}

test('every metric that is emitted has a help text, and every help text is of one that is emitted', () => {
  const emitted = [...new Set(emissions().map(({ name }) => name))].sort()
  expect(emitted.length).toBeGreaterThan(20)
  expect(emitted).toEqual(Object.keys(METRIC_HELP).sort())
})

test('a name is of one kind everywhere, and the page says it under its help text', async () => {
  const metrics = createMetrics()
  for (const { kind, name } of emissions()) {
    if (kind === 'count') metrics.count(name)
    if (kind === 'gauge') metrics.gauge(name, 1)
    if (kind === 'observe') metrics.observe(name, 1)
  }
  const page = await metrics.page()
  for (const { kind, name, file } of emissions()) {
    const full = `keeper_${name}${kind === 'count' ? '_total' : ''}`
    expect(`${file}: ${page}`).toContain(`# HELP ${full} ${METRIC_HELP[name] ?? '?'}\n# TYPE ${full} ${KINDS[kind]}\n`)
  }
})
