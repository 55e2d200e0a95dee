import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAaveTestbed } from '../../src/devnet/testbed.js'
import { pm2Project, root, SECRET, until, type Pm2Project } from '../support/pm2-project.js'

const everything = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')

describe('a program with the keeper’s manners', () => {
  let apps: Pm2Project
  beforeAll(async () => {
    const files = { '.env.base': `PRIVATE_KEY=0x${SECRET}\n`, '.env': '', '.env.example': '', '.env.base~': '' }
    apps = pm2Project(join(__dirname, 'fixtures/pm2-app.cjs'), files)
    // the stand-in writes beside itself, so it is copied, not linked
    rmSync(join(apps.folder, 'bin/keeper.js'))
    copyFileSync(join(__dirname, 'fixtures/pm2-app.cjs'), join(apps.folder, 'bin/keeper.js'))
    await apps.pm2('start', 'ecosystem.config.js')
  })
  afterAll(() => apps.end())

  test('one process per env file, each told only which file is its own', async () => {
    const starts = await until('two starts', () => (apps.said().length >= 2 ? apps.said() : null))
    expect(starts.map(({ file }) => file).sort()).toEqual([join(apps.folder, '.env'), join(apps.folder, '.env.base')])
    expect(starts.map(({ args }) => args)).toEqual([['run'], ['run']])
    expect((await apps.list()).map(({ name }) => name).sort()).toEqual(['keeper', 'keeper-base'])
  })

  test('neither the dump nor the process holds a key of the shell', async () => {
    await apps.pm2('save')
    expect(existsSync(join(apps.folder, 'pm2-home/dump.pm2'))).toBe(true)
    expect(everything(join(apps.folder, 'pm2-home'))).not.toContain(SECRET)
    for (const { environment } of apps.said()) expect(environment).not.toContain(SECRET)
  })

  test('a crash is restarted, a kill too', async () => {
    const before = apps.said().length
    writeFileSync(join(apps.folder, 'crash'), '')
    const again = await until('a restart after the crash', () => apps.said()[before] ?? null)
    expect(again.event).toBe('start')
    process.kill(again.pid, 'SIGKILL')
    await until('a restart after the kill', () => apps.said()[before + 1] ?? null)
  })

  test('stop is a SIGINT', async () => {
    await apps.pm2('stop', 'ecosystem.config.js')
    expect(apps.said().filter(({ event }) => event === 'stop')).toHaveLength(2)
    expect((await apps.list()).map(({ pm2_env }) => pm2_env.status)).toEqual(['stopped', 'stopped'])
  })
})

test('a keeper whose settings must be mended is not restarted', async () => {
  const real = pm2Project(join(root, 'bin/keeper.js'), { '.env.broken': 'DRY_RUN=perhaps\n' })
  try {
    await real.pm2('start', 'ecosystem.config.js')
    // pm2 calls it "waiting restart" because of the back-off, and does not restart it: many times 0.2 s later it is still down
    await until('its end', async () => ((await real.list())[0]?.pid === 0 ? true : null))
    await sleep(1_500)
    const [app] = await real.list()
    expect([app?.name, app?.pid, app?.pm2_env.restart_time, app?.pm2_env.exit_code]).toEqual(['keeper-broken', 0, 0, 2])
    const errors = (): string[] =>
      readFileSync(join(real.folder, 'pm2-home/logs/keeper-broken-error.log'), 'utf8').trim().split('\n')
    expect(errors().filter((line) => line.includes('DRY_RUN: '))).toHaveLength(1)
    // the person mends that line and reloads: it is tried again, and says what is wrong next
    writeFileSync(join(real.folder, '.env.broken'), 'DRY_RUN=true\n')
    await real.pm2('reload', 'ecosystem.config.js')
    await until('the next complaint', () => errors().find((line) => line.includes('RPC_URLS: ')) ?? null)
  } finally {
    await real.end()
  }
})

/** What `/healthz` of a keeper under pm2 says, from the port in its log; null while it does not answer. */
async function healthOf(dataDir: string): Promise<{ status: string; upSeconds: number } | null> {
  const log = join(dataDir, 'logs/keeper.log')
  const ports = existsSync(log) ? [...readFileSync(log, 'utf8').matchAll(/"port":(\d+)/g)] : []
  const port = ports.at(-1)?.[1]
  if (port === undefined) return null
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()) as { status: string; upSeconds: number }
  } catch {
    // between two lives nobody listens
    return null
  }
}

test('the real keeper: starts, comes back after kill -9, stops cleanly by itself, no key in the dump', async () => {
  const bed = await startAaveTestbed()
  const key = `0x${SECRET}`
  const keeper = pm2Project(join(root, 'bin/keeper.js'), {})
  const dataDir = join(keeper.folder, 'data')
  const settings = {
    RPC_URLS: bed.anvil.rpcUrl,
    MARKETS_FILE: join(keeper.folder, 'market.json'),
    DATA_DIR: dataDir,
    METRICS_PORT: '0',
    PRIVATE_KEY: key,
  }
  writeFileSync(settings.MARKETS_FILE, JSON.stringify(bed.marketFile()))
  writeFileSync(
    join(keeper.folder, '.env.local'),
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  try {
    await keeper.pm2('start', 'ecosystem.config.js')
    await until('health', () => healthOf(dataDir))
    const [first] = await keeper.list()
    process.kill(first?.pid ?? 0, 'SIGKILL')
    const second = await until('another process', async () => {
      const [app] = await keeper.list()
      return app !== undefined && app.pid !== 0 && app.pid !== first?.pid ? app : null
    })
    expect(second.pm2_env.restart_time).toBe(1)
    await until('health after the kill', () => healthOf(dataDir))
    await keeper.pm2('save')
    expect(everything(join(keeper.folder, 'pm2-home'))).not.toContain(SECRET)
    expect(everything(dataDir)).not.toContain(SECRET)
    await keeper.pm2('stop', 'ecosystem.config.js')
    // it ended by itself: pm2 did not have to kill it, which it does after kill_timeout
    expect((await keeper.list())[0]?.pm2_env.exit_code).toBe(0)
    expect(existsSync(join(dataDir, 'keeper.lock'))).toBe(false)
  } finally {
    await keeper.end()
    await bed.stop()
  }
})
