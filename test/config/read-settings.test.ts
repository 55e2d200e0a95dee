import { inspect } from 'node:util'
import { SETTING_NAMES } from '../../src/config/settings-schema.js'
import { readSettings, type Env } from '../../src/config/read-settings.js'
import { backstopEndsEarly, type Needs } from '../../src/config/settings-checks.js'
import { SettingsErrors } from '../../src/config/settings-errors.js'
import { SettingsError } from '../../src/domain/errors.js'

const KEY = `0x${'a1'.repeat(32)}`
const CHAIN = { RPC_URLS: 'https://node.example,wss://node.example/ws', MARKETS_FILE: 'config/markets/x.json' }

function failure(env: Env, needs: Needs = 'nothing'): SettingsError {
  try {
    readSettings(env, { needs })
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('no error was thrown')
}

describe('readSettings', () => {
  test.each([
    ['TITAN_OFA_KEY', { TITAN_OFA_URL: 'wss://ofa.example/ws/v1' }],
    ['ATLAS_SOLVER_KEY', { ATLAS_URL: 'wss://atlas.example/ws' }],
  ])('an auction without %s is refused', (setting, env) => {
    expect(failure(env)).toMatchObject({ setting, message: expect.stringMatching(/is not set, and/) })
  })

  test('without any variable: dry-run with sane defaults, nothing needed', () => {
    const settings = readSettings({}, { needs: 'nothing' })
    expect(settings.dryRun).toBe(true)
    expect(settings.minProfitUsd8).toBe(500_000_000n)
    expect(settings.minOperatorWei).toBe(10n ** 16n)
    expect(settings.maxGasPriceWei).toBeNull()
    expect(settings.metricsPort).toBe(9464)
    expect(settings.secrets).toEqual([])
    expect(settings.warnings).toEqual([])
  })

  test('blank lines of an env file count as not set', () => {
    const blank = Object.fromEntries(SETTING_NAMES.map((name) => [name, '  ']))
    const plain = readSettings({}, { needs: 'nothing' })
    expect(readSettings(blank, { needs: 'nothing' })).toEqual(plain)
  })

  test('lists, money and addresses come out typed', () => {
    const settings = readSettings(
      { ...CHAIN, MIN_PROFIT_USD: '12.345', MAX_GAS_GWEI: '0.05', EXECUTOR_ADDRESS: `0x${'AB'.repeat(20)}` },
      { needs: 'rpc' },
    )
    expect(settings.rpcUrls).toEqual(['https://node.example', 'wss://node.example/ws'])
    expect(settings.minProfitUsd8).toBe(1_234_500_000n)
    expect(settings.maxGasPriceWei).toBe(50_000_000n)
    expect(settings.executor).toBe(`0x${'ab'.repeat(20)}`)
  })

  test.each([
    ['RPC_URLS', 'ftp://node.example', /entry 1 of the list is not a URL that starts with http:\/\//],
    ['RPC_URLS', 'https://a.example,localhost:8545', /entry 2/],
    ['DRY_RUN', 'yes', /must be true or false/],
    ['MIN_PROFIT_USD', '-1', /must be dollars/],
    ['MIN_PROFIT_USD', '1.123456789', /must be dollars/],
    ['MIN_PROFIT_USD', '5e3', /must be dollars/],
    ['BID_BPS', '10001', /whole number from 0 to 10000/],
    ['BID_BPS', '9000.5', /whole number/],
    ['METRICS_PORT', '70000', /from 0 to 65535/],
    ['LOG_LEVEL', 'chatty', /must be debug, info, warn or error/],
    ['EXECUTOR_ADDRESS', '0x12', /must be an address/],
    ['EXECUTOR_ADDRESS', '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756CC2', /has a wrong checksum/],
    ['PRIVATE_KEY', '0x12', /must be a private key/],
    ['PRIVATE_KEY', `0x${'0'.repeat(64)}`, /no valid private key/],
    ['PRIVATE_KEY', `0x${'f'.repeat(64)}`, /no valid private key/],
    ['RELAY_AUTH_KEY', 'a1'.repeat(32), /0x and 64 hex digits/],
    ['OPERATOR_ADDRESSES', `0x${'ab'.repeat(20)},bob`, /entry 2 must be an address/],
    ['KEYSTORE_FILE', 'key.json', /KEYSTORE_PASSWORD_FILE: is missing/],
    ['KEYSTORE_PASSWORD_FILE', 'password', /KEYSTORE_FILE: is missing/],
  ])('%s=%s is refused in one line that names it', (name, value, message) => {
    const error = failure({ [name]: value })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
    expect(`${error.setting} ${error.message}`).toContain(name)
  })

  test('a bid that leaves nothing of the allowed fee share is refused', () => {
    expect(failure({ BID_BPS: '9500' }).message).toMatch(/MAX_FEE_SHARE_BPS \(9500\)/)
  })

  test('a loss breaker that would end a backstop run early is refused', () => {
    const backstop = { MODE: 'backstop', BACKSTOP_DAILY_LOSS_USD: '450' }
    expect(failure(backstop).message).toMatch(
      /^MAX_DAILY_LOSS_USD: is 50, not above BACKSTOP_DAILY_LOSS_USD \(450\): .* set it above 450/,
    )
    expect(failure({ ...backstop, MAX_DAILY_LOSS_USD: '450' }).setting).toBe('MAX_DAILY_LOSS_USD')
    const enough = readSettings({ ...backstop, MAX_DAILY_LOSS_USD: '451' }, { needs: 'nothing' })
    expect(backstopEndsEarly(enough, 1)).toBeNull()
    expect(backstopEndsEarly(enough, 2)?.message).toMatch(/is 451, not above .* of 2 protocols.* above 900/)
    expect(readSettings({ ...backstop, MODE: 'profit' }, { needs: 'nothing' }).mode).toBe('profit')
  })

  test('both kinds of key at once are refused', () => {
    expect(failure({ PRIVATE_KEY: KEY, KEYSTORE_FILE: 'k', KEYSTORE_PASSWORD_FILE: 'p' }).message).toMatch(/keep one/)
  })

  test('several problems are several lines', () => {
    const error = failure({ DRY_RUN: 'false' }, 'keys')
    expect(error).toBeInstanceOf(SettingsErrors)
    expect(error.message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'RPC_URLS',
      'MARKETS_FILE',
      'PRIVATE_KEY',
      'EXECUTOR_ADDRESS',
    ])
  })

  test('dry-run needs neither key nor executor', () => {
    expect(readSettings(CHAIN, { needs: 'keys' }).operator).toBeNull()
  })

  test('misspelt names are named, others left alone', () => {
    const env = { MIN_PROFIT_USDT: '1', PRIVAT_KEY: KEY, KEEPER_FOO: '1', PATH: '/bin', HOME: '/', LOGLEVEL: 'x' }
    expect(readSettings(env, { needs: 'nothing' }).warnings).toEqual([
      'MIN_PROFIT_USDT is no setting; did you mean MIN_PROFIT_USD?',
      'PRIVAT_KEY is no setting; did you mean PRIVATE_KEY?',
      'KEEPER_FOO is no setting of the keeper and is ignored',
      'LOGLEVEL is no setting; did you mean LOG_LEVEL?',
    ])
  })
})

describe('secrets', () => {
  const env = {
    PRIVATE_KEY: KEY,
    RELAY_AUTH_KEY: `0x${'b2'.repeat(32)}`,
    OWNER_PRIVATE_KEY: `0x${'c3'.repeat(32)}`,
    RPC_URLS: 'https://user:hunter22@node.example/v2/0123456789abcdefKEY?apikey=querykey1',
    SIMULATION_RPC_URL: 'https://own.example/simulation-path-token',
    RELAY_URLS: 'https://relay.example/relay-path-token-1',
  }

  test('cannot be printed by accident', () => {
    const settings = readSettings(env, { needs: 'nothing' })
    const keys = {
      operator: settings.operator,
      owner: settings.owner,
      auth: settings.relayAuthKey,
      all: settings.secrets,
    }
    for (const text of [
      JSON.stringify(keys),
      inspect(keys, { depth: 9, showHidden: true }),
      `${settings.relayAuthKey}`,
    ]) {
      for (const secret of ['a1a1', 'b2b2', 'c3c3', 'hunter22', 'abcdefKEY', 'querykey1', 'path-token'])
        expect(text).not.toContain(secret)
    }
    // three keys; of each URL itself and its parts
    expect(settings.secrets).toHaveLength(3 + 5 + 2 + 2)
  })

  test('an error never repeats a value', () => {
    const wrong = Object.fromEntries(SETTING_NAMES.map((name) => [name, 'very,secret value!']))
    expect(failure(wrong).message).not.toMatch(/very|secret value/)
  })
})
