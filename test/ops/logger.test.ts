import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readableLine } from '../../src/ops/log-line.js'
import { createLogger } from '../../src/ops/logger.js'
import { Redactor } from '../../src/ops/redaction.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-logger-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('one JSON object a line, in order, below the level nothing', async () => {
  const logger = createLogger({ level: 'info', folder, terminal: 'none', redactor: new Redactor() })
  logger.debug('unseen')
  logger.info('bundle', { block: 12, bidWei: 5n, level: 'mine', error: new RangeError('why') })
  logger.warn('second')
  await logger.close()
  const [first, second, ...more] = linesOf(join(folder, 'keeper.log'))
  expect(first).toMatchObject({ level: 'info', event: 'bundle', block: 12, bidWei: '5', _level: 'mine' })
  expect(first?.['error']).toMatchObject({ name: 'RangeError', message: 'why' })
  expect(Number.isFinite(Date.parse(String(first?.['at'])))).toBe(true)
  expect(second).toMatchObject({ level: 'warn', event: 'second' })
  expect(more).toEqual([])
})

test('files are rotated by size and the oldest go', async () => {
  const logger = createLogger({
    level: 'info',
    folder,
    terminal: 'none',
    redactor: new Redactor(),
    maxBytes: 2_000,
    maxFiles: 3,
  })
  for (let i = 0; i < 200; i++) {
    logger.info('line', { i, pad: 'x'.repeat(100) })
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await logger.close()
  const files = readdirSync(folder)
  expect(files.length).toBeGreaterThan(1)
  expect(files.length).toBeLessThanOrEqual(3)
})

test('a folder that cannot be made names the setting', () => {
  writeFileSync(join(folder, 'file'), '')
  const inside = join(folder, 'file', 'logs')
  expect(() => createLogger({ level: 'info', folder: inside, terminal: 'none', redactor: new Redactor() })).toThrow(
    /^DATA_DIR: cannot write logs to /,
  )
})

describe('readableLine', () => {
  const record = (fields: Record<string, unknown>) => ({
    at: '2026-01-02T03:04:05.678Z',
    level: 'warn',
    event: 'refused',
    fields,
  })

  test('time, level, event, fields', () => {
    expect(readableLine(record({ market: 'core', why: 'two words', figure: 7, list: [1] }), false)).toBe(
      '03:04:05.678 warn  refused        market=core why="two words" figure=7 list=[1]',
    )
  })

  test('text from outside cannot forge a line, move the cursor or turn text around', () => {
    const nasty = `USD\n00:00:00.000 info  landed\x1b[2J\u202e\u2028`
    const line = readableLine(record({ symbol: nasty, [`k\n`]: 1, error: { message: `m\r\n` } }), true)
    expect(line.slice(line.indexOf('refused'))).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  })
})
