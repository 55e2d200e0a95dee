import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { settingsOf, withSettingFlags, type Cli } from '../../src/cli/command.js'
import { explain } from '../../src/cli/exit-codes.js'
import { main } from '../../src/cli/main.js'
import { SettingsErrors } from '../../src/config/settings-errors.js'
import { KeeperError, SettingsError } from '../../src/domain/errors.js'
import { docOf, SETTING_NAMES } from '../../src/config/settings-schema.js'
import { Redactor } from '../../src/ops/redaction.js'

function fakeCli(env: Record<string, string> = {}): Cli & { readonly outs: string[]; readonly notes: string[] } {
  const [outs, notes]: [string[], string[]] = [[], []]
  const note = (line: string): void => void notes.push(line)
  return { env, redactor: new Redactor(), outs, notes, out: (line) => void outs.push(line), note }
}

describe('main', () => {
  test('help goes to stdout, names every command and the exit codes', async () => {
    const cli = fakeCli()
    expect(await main(['--help'], cli)).toBe(0)
    const text = cli.outs.join('\n')
    for (const word of ['settings', 'Exit codes', '--env-file']) expect(text).toContain(word)
    expect(cli.notes).toEqual([])
  })

  test.each([[[]], [['nonsense']], [['settings', '--nonsense']], [['settings', 'extra']]])(
    '%j is a wrong call: exit code 2, nothing on stdout',
    async (args) => {
      const cli = fakeCli()
      expect(await main(args, cli)).toBe(2)
      expect(cli.outs).toEqual([])
      expect(cli.notes.join('')).not.toBe('')
    },
  )

  test.each(['demo', 'devnet'])('%s --borrowers takes a whole number alone', async (command) => {
    for (const text of ['many', '-1', '1.5', '5001']) {
      const cli = fakeCli()
      expect(await main([command, '--borrowers', text], cli)).toBe(2)
      expect(cli.notes.join('')).toContain(`'${text}' is invalid. must be a whole number from 0 to 5000.`)
    }
  })

  test('settings explains every setting', async () => {
    const cli = fakeCli()
    expect(await main(['settings'], cli)).toBe(0)
    for (const name of SETTING_NAMES) expect(cli.outs.join('\n')).toContain(name)
  })
})

describe('explain', () => {
  test('one clear line, never a stack', () => {
    expect(explain(new SettingsError('DATA_DIR', 'is full'))).toEqual({ lines: ['DATA_DIR: is full'], code: 2 })
    expect(explain(new KeeperError('rpc', 'no endpoint answers'))).toEqual({ lines: ['no endpoint answers'], code: 1 })
    expect(explain(new KeeperError('ledger-corrupt', 'DATA_DIR: restore it')).code).toBe(2)
    expect(explain(new TypeError('x is not a function\n at …'))).toEqual({
      lines: ['unexpected: x is not a function'],
      code: 1,
    })
    expect(explain(new KeeperError('rpc', 'node says \u001b[2J\nkeeper: all is well\u0085')).lines).toEqual([
      'node says  [2J keeper: all is well ',
    ])
    const both = [new SettingsError('A', 'is\nbad'), new SettingsError('B', 'too')]
    expect(explain(new SettingsErrors(both))).toEqual({ lines: ['A: is bad', 'B: too'], code: 2 })
    expect(explain('text').lines).toEqual(['unexpected: text'])
    expect(explain(new Error()).lines).toEqual(['unexpected: an error without a message'])
  })
})

describe('settingsOf', () => {
  const call = (args: string[], cli: Cli) => {
    const command = withSettingFlags(new Command('x').option('--env-file <path>')).exitOverride()
    command.configureOutput({ writeErr: () => undefined })
    return settingsOf(command.parse(args, { from: 'user' }), cli, 'nothing')
  }

  test('flag over environment over file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keeper-cli-'))
    try {
      const file = join(folder, 'env')
      writeFileSync(file, 'BID_BPS=1\nMETRICS_PORT=1\nLOG_LEVEL=warn\nLOG_LEVL=x\n')
      const cli = fakeCli({ BID_BPS: '2', METRICS_PORT: '2' })
      const settings = call(['--env-file', file, '--bid-bps', '3'], cli)
      expect([settings.bidBps, settings.metricsPort, settings.logLevel]).toEqual([3, 2, 'warn'])
      expect(cli.notes).toEqual(['warning: LOG_LEVL is no setting; did you mean LOG_LEVEL?'])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('no secret is a flag, every other setting is, and secrets reach the redactor', () => {
    for (const name of SETTING_NAMES) {
      const flag = `--${name.toLowerCase().replaceAll('_', '-')}`
      const asFlag = (): unknown => call([flag, 'x'], fakeCli({ KEEPER_ENV_FILE: '' }))
      if (docOf(name).secret === true) expect(asFlag).toThrow(/unknown option/)
      else expect(asFlag).not.toThrow(/unknown option/)
    }
    const cli = fakeCli({ PRIVATE_KEY: `0x${'5e'.repeat(32)}`, KEEPER_ENV_FILE: '' })
    call([], cli)
    expect(cli.redactor.text(`key ${'5E'.repeat(32)}`)).toBe('key [secret]')
  })
})

test('bin/keeper.js: exit codes and streams of the real process', () => {
  const bin = join(__dirname, '../../bin/keeper.js')
  const run = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' })
  const wrong = run('nonsense')
  expect([wrong.status, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toMatch(/unknown command 'nonsense'/)
  const right = run('settings')
  expect([right.status, right.stderr]).toEqual([0, ''])
  expect(right.stdout).toContain('RPC_URLS')
})

test('bin/keeper.js: nobody who reads its messages changes nothing', async () => {
  const bin = join(__dirname, '../../bin/keeper.js')
  const child = spawn(process.execPath, [bin, 'nonsense'], { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.destroy()
  expect(await once(child, 'exit')).toEqual([2, null])
})
