import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeeperError } from '../../src/domain/errors.js'
import { silentLogger } from '../../src/domain/ports.js'
import { Journal } from '../../src/execution/journal.js'
import { H, someAttempt, someIntent } from './support/records.js'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const open = (bootId = 'boot-1') => new Journal({ dataDir: dir, reachBlocks: 5, logger: silentLogger, bootId })
const file = () => join(dir, 'journal.jsonl')
const landed = { kind: 'landed' as const, blockHash: H('2'), blockNumber: 101 }

function writeOne(journal: Journal, id = 'intent-1'): void {
  journal.append([
    { kind: 'intent', intent: someIntent({ id }) },
    { kind: 'attempt', attempt: someAttempt({ intentId: id }) },
  ])
}

test('what was appended is there at the next start, every figure exact', () => {
  const first = open()
  writeOne(first)
  const outcome = { intentId: 'intent-1', outcome: landed, transactionHash: H('1'), closed: false, atMs: 1 }
  first.append([{ kind: 'outcome', outcome }])
  first.close()
  const again = open()
  expect([...again.state.open.values()]).toEqual([{ intent: someIntent(), attempts: [someAttempt()], outcome }])
  expect(again.quarantineBlocks).toBe(0)
  again.append([{ kind: 'outcome', outcome: { ...outcome, closed: true } }])
  again.close()
  expect(open().state.open.size).toBe(0)
})

test('a torn last line is set aside and the rest is kept', () => {
  const first = open()
  writeOne(first)
  const whole = readFileSync(file())
  first.close()
  for (const cut of [1, 40, 300]) {
    writeFileSync(file(), whole.subarray(0, whole.length - cut))
    const again = open()
    expect(again.state.open.get('intent-1')?.attempts).toHaveLength(0)
    again.append([{ kind: 'attempt', attempt: someAttempt() }])
    again.close()
    expect(open().state.open.get('intent-1')?.attempts).toHaveLength(1)
  }
  expect(readdirSync(dir).some((name) => name.includes('torn'))).toBe(true)
})

test('zeros that a machine crash left behind are a torn end', () => {
  writeOne(open())
  appendFileSync(file(), Buffer.alloc(512))
  expect(open().state.open.size).toBe(1)
})

test.each([
  ['a flipped digit', (text: string) => text.replace('"nonce":7', '"nonce":8')],
  ['a line of something else', (text: string) => text.replace('\n', '\nhello\n')],
  [
    'a missing line',
    (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.includes('"kind":"intent"'))
        .join('\n'),
  ],
  ['a broken last line with its end', (text: string) => `${text}{"kind":"stop"\n`],
])('%s stops the start with the line and what to do, and changes nothing', (_name, damage) => {
  const first = open()
  writeOne(first)
  first.close()
  writeFileSync(file(), damage(readFileSync(file(), 'utf8')))
  const before = readFileSync(file(), 'utf8')
  let error: KeeperError | null = null
  try {
    open()
  } catch (thrown) {
    error = thrown as KeeperError
  }
  expect(error?.code).toBe('journal-corrupt')
  expect(error?.message).toMatch(/DATA_DIR: line \d+ of .*journal\.jsonl .*move the file aside/)
  expect(readFileSync(file(), 'utf8')).toBe(before)
})

test('after a machine crash nothing may be signed for as many blocks as deadlines could reach', () => {
  writeOne(open('boot-1'))
  expect(open('boot-2').quarantineBlocks).toBe(5)
  // a second crash, of the process alone, does not end the quarantine; neither does a clean stop
  const third = open('boot-2')
  expect(third.quarantineBlocks).toBe(5)
  third.close()
  const fourth = open('boot-2')
  expect(fourth.quarantineBlocks).toBe(5)
  fourth.endQuarantine()
  expect(open('boot-2').quarantineBlocks).toBe(0)
})

test('after a crash of the process alone the journal is complete: no quarantine', () => {
  writeOne(open('boot-1'))
  const again = open('boot-1')
  expect(again.quarantineBlocks).toBe(0)
  again.close()
  expect(open('boot-2').quarantineBlocks).toBe(0)
})

test('compaction keeps what is open and the previous file', () => {
  const journal = open()
  for (let i = 0; i < 20; i++) {
    writeOne(journal, `closed-${i}`)
    const outcome = { outcome: { kind: 'expired' as const }, transactionHash: null, closed: true, atMs: 1 }
    journal.append([{ kind: 'outcome', outcome: { intentId: `closed-${i}`, ...outcome } }])
  }
  writeOne(journal, 'open-1')
  const before = readFileSync(file()).length
  expect(journal.compactIfGrown(21)).toBe(false)
  expect(journal.compactIfGrown(20)).toBe(true)
  expect(readFileSync(file()).length).toBeLessThan(before / 5)
  expect(existsSync(join(dir, 'journal.previous.jsonl'))).toBe(true)
  journal.append([{ kind: 'attempt', attempt: someAttempt({ intentId: 'open-1', transactionHash: H('3') }) }])
  expect(
    open()
      .state.open.get('open-1')
      ?.attempts.map((attempt) => attempt.transactionHash),
  ).toEqual([H('1'), H('3')])
})

test('kill -9 after the append returned loses nothing', async () => {
  const script = join(__dirname, '../../dist/test/execution/journal-writer.js')
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((done, fail) => {
    child.stdout.once('data', () => done())
    child.once('exit', (code) => fail(new Error(`the writer ended early with ${String(code)}`)))
  })
  const gone = new Promise((done) => child.once('exit', (_code, signal) => done(signal)))
  child.kill('SIGKILL')
  expect(await gone).toBe('SIGKILL')
  const journal = new Journal({ dataDir: dir, reachBlocks: 3, logger: silentLogger })
  expect(journal.state.open.get('intent-1')).toEqual({ intent: someIntent(), attempts: [someAttempt()], outcome: null })
  expect(journal.quarantineBlocks).toBe(0)
})
