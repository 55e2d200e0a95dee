import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockDataDir, lockOperator } from '../../src/cli/instance-lock.js'
import { processStart } from '../../src/cli/process-identity.js'

const module_ = join(__dirname, '../../dist/src/cli/instance-lock.js')
const operator = `0x${'11'.repeat(20)}` as const
let folder: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-lock-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A process that takes the lock, prints `held` or the refusal, and stays. */
async function holder(script: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const code = `const { lockDataDir, lockOperator } = require(${JSON.stringify(module_)})
    ${script}.then(() => console.log('held'), (e) => console.log(e.message)); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  if (child.stdout === null) throw new Error('no stdout')
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}
const inDir = (): string => `lockDataDir(${JSON.stringify(folder)})`

test('a second keeper on the folder is refused in one line that says who has it', async () => {
  const { child, said } = await holder(inDir())
  expect(said).toBe('held')
  await expect(lockDataDir(folder)).rejects.toThrow(
    new RegExp(`^DATA_DIR: ${folder} is in use by the keeper with pid ${child.pid} on .*; give each keeper its own`),
  )
})

test('the lock of a killed keeper is taken over', async () => {
  const { child } = await holder(inDir())
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockDataDir(folder)
  expect(readFileSync(join(folder, 'keeper.lock'), 'utf8')).toContain(`"pid":${process.pid}`)
  lock.release()
  lock.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a living process with the same number but another start time is not the holder', async () => {
  const lock = await lockDataDir(folder)
  const path = join(folder, 'keeper.lock')
  const text = readFileSync(path, 'utf8')
  lock.release()
  const start = processStart(process.pid)
  writeFileSync(path, text.replace(`"start":"${start}"`, '"start":"1"'))
  const again = await lockDataDir(folder)
  expect(readFileSync(path, 'utf8')).toContain(`"start":"${start}"`)
  again.release()
})

test.each(['', '{"pid":', 'null'])('a lock file that holds %j is nobody’s', async (text) => {
  writeFileSync(join(folder, 'keeper.lock'), text)
  const lock = await lockDataDir(folder)
  lock.release()
})

test('a holder on another machine counts as alive', async () => {
  const other = { pid: process.pid, start: 'x', boot: 'x', host: 'elsewhere', since: 'then' }
  writeFileSync(join(folder, 'keeper.lock'), JSON.stringify(other))
  await expect(lockDataDir(folder)).rejects.toThrow(/elsewhere.*if it is gone, delete /)
})

test('of several that start at once over a stale lock exactly one gets it', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(join(folder, 'keeper.lock'), JSON.stringify({ pid: dead, start: '1', boot: '', host: '', since: '' }))
  const stale = readFileSync(join(folder, 'keeper.lock'), 'utf8').replace(
    '"host":""',
    `"host":${JSON.stringify((await import('node:os')).hostname())}`,
  )
  writeFileSync(join(folder, 'keeper.lock'), stale)
  const all = await Promise.all(Array.from({ length: 6 }, () => holder(inDir())))
  expect(all.filter(({ said }) => said === 'held')).toHaveLength(1)
  expect(all.filter(({ said }) => said.startsWith('DATA_DIR: '))).toHaveLength(5)
})

test('one operator on one chain: refused on this machine, allowed on another chain', async () => {
  const { child } = await holder(`lockOperator(1, ${JSON.stringify(operator)}, ${JSON.stringify(folder)})`)
  await expect(lockOperator(1, operator, folder)).rejects.toThrow(
    new RegExp(`^PRIVATE_KEY: operator ${operator} already works on chain 1 in the keeper with pid ${child.pid} `),
  )
  const other = await lockOperator(10, operator, folder)
  other.release()
})

test('the folder of the operators is open to every user; where it is not, that is said', async () => {
  const { release } = await lockOperator(1, operator, folder)
  expect(statSync(join(folder, 'liquidation-keeper')).mode & 0o7777).toBe(0o1777)
  release()
  writeFileSync(join(folder, 'file'), '')
  await expect(lockOperator(1, operator, join(folder, 'file'))).rejects.toThrow(
    /^PRIVATE_KEY: cannot tell whether operator 0x11.* works already: .*; make its folder writable$/,
  )
})

test('a folder that cannot be written names DATA_DIR', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(lockDataDir(join(folder, 'file'))).rejects.toThrow(/^DATA_DIR: cannot write to /)
})
