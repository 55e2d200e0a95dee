import { Wallet } from 'ethers'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { MarketFileInput } from '../../src/config/market-file.js'
import { Station } from './support/station.js'

interface Case {
  readonly name: string
  readonly env: () => Record<string, string>
  /** One line of stderr each, in this order; nothing else is said. */
  readonly lines: readonly RegExp[]
  /** Written into DATA_DIR before; must be the same afterwards. */
  readonly file?: readonly [name: string, content: string]
}

let station: Station
let stranger: Anvil
let folders = 0

beforeAll(async () => {
  ;[station, stranger] = await Promise.all([Station.open(), startAnvil({ chainId: 5 })])
  // there is something to win from the start: what is not signed is not signed for a reason
  await station.devnet.moveMarket({ WETH: (OPENING_PRICES.WETH * 90n) / 100n })
  await station.devnet.builder.produceBlock()
})
afterAll(async () => {
  await stranger.stop()
  await station.close()
})

const folder = (): string => join(dirname(station.dataDir), `data-${++folders}`)

/** A market file that differs from the devnet's. */
function marketFile(change: (file: MarketFileInput) => object): string {
  const own = JSON.parse(readFileSync(station.env()['MARKETS_FILE'] ?? '', 'utf8')) as MarketFileInput
  const path = `${folder()}.json`
  writeFileSync(path, JSON.stringify(change(own)))
  return path
}

const KEY = Wallet.createRandom().privateKey
const CASES: readonly Case[] = [
  {
    name: 'nothing is set',
    env: () => ({ RPC_URLS: '', MARKETS_FILE: '' }),
    lines: [/RPC_URLS: is not set; name/, /MARKETS_FILE: is not set; name/],
  },
  {
    name: 'sending without key and executor',
    env: () => ({ PRIVATE_KEY: '', EXECUTOR_ADDRESS: '' }),
    lines: [/PRIVATE_KEY: is not set; .*DRY_RUN/, /EXECUTOR_ADDRESS: is not set; .*deploy-executor/],
  },
  {
    name: 'everything is malformed',
    env: () => ({
      ...{ RPC_URLS: 'ftp://example.org', PRIVATE_KEY: KEY.slice(0, -2), EXECUTOR_ADDRESS: '0x1234', DRY_RUN: 'maybe' },
      ...{ MIN_PROFIT_USD: 'five', BID_BPS: '10001', METRICS_PORT: '65536', CONFIRMATIONS: '-1' },
    }),
    lines: [
      /RPC_URLS: entry 1 .*(ws|http)/,
      /CONFIRMATIONS: must be a whole number/,
      /PRIVATE_KEY: must be a private key: 0x and 64 hex digits/,
      /EXECUTOR_ADDRESS: must be an address/,
      /DRY_RUN: must be true or false/,
      /MIN_PROFIT_USD: must be/,
      /BID_BPS: must be a whole number from 0 to 10000/,
      /METRICS_PORT: must be a whole number from 0 to 65535/,
    ],
  },
  {
    name: 'an endpoint of another chain',
    env: () => ({ RPC_URLS: stranger.rpcUrl }),
    lines: [/RPC_URLS: no usable endpoint: .*chain 5.*31337|RPC_URLS: no usable endpoint: .*31337.*chain 5/],
  },
  {
    name: 'an endpoint where nobody answers',
    env: () => ({ RPC_URLS: 'http://127.0.0.1:9,ws://127.0.0.1:9' }),
    lines: [/RPC_URLS: no usable endpoint: .*127\.0\.0\.1:9/],
  },
  {
    name: 'no market file',
    env: () => ({ MARKETS_FILE: '/nowhere/markets.json' }),
    lines: [/MARKETS_FILE: cannot read \/nowhere\/markets\.json/],
  },
  {
    name: 'an unknown field in the market file',
    env: () => ({ MARKETS_FILE: marketFile((file) => ({ ...file, chain: { ...file.chain, colour: 'blue' } })) }),
    lines: [/MARKETS_FILE: .*chain.*colour/],
  },
  {
    name: 'an unknown strategy',
    env: () => ({
      MARKETS_FILE: marketFile((file) => ({
        ...file,
        markets: file.markets.map((market) => ({ ...market, strategy: 'venus' })),
      })),
    }),
    lines: [/MARKETS_FILE: market aave-v3-devnet: no strategy "venus" \(known: aave-v3/],
  },
  {
    name: 'an address without code',
    env: () => ({
      MARKETS_FILE: marketFile((file) => ({
        ...file,
        chain: { ...file.chain, wrappedNative: `0x${'77'.repeat(20)}` },
      })),
    }),
    lines: [/MARKETS_FILE: wrappedNative 0x(77)+ has no code on chain 31337/],
  },
  {
    name: "a key that the executor does not obey and that has no gas money (an executor of somebody else's)",
    env: () => ({ PRIVATE_KEY: KEY }),
    lines: [
      /EXECUTOR_ADDRESS: 0x\w+ does not obey operator 0x\w+; its owner 0x\w+ must allow it/,
      /MIN_OPERATOR_ETH: operator 0x\w+ has 0\.0, .*send it gas money/,
    ],
  },
  {
    name: 'another contract as executor',
    env: () => ({ EXECUTOR_ADDRESS: station.devnet.ground.tokens.WETH.address }),
    lines: [/EXECUTOR_ADDRESS: 0x\w+ is not a LiquidationExecutor of this version/],
  },
  {
    name: 'no keystore where one is named',
    env: () => ({ PRIVATE_KEY: '', KEYSTORE_FILE: '/nowhere/key.json', KEYSTORE_PASSWORD_FILE: '/nowhere/password' }),
    lines: [/KEYSTORE_(PASSWORD_)?FILE: .*\/nowhere/],
  },
  {
    name: 'a relay in the clear',
    env: () => ({ RELAY_URLS: 'http://relay.example.org' }),
    lines: [/RELAY_URLS: submission endpoint 1 is neither https nor on this machine/],
  },
  {
    name: 'a relay that is an ordinary endpoint',
    env: () => ({ RELAY_URLS: station.devnet.proxy.rpcUrl }),
    lines: [/RELAY_URLS: submission endpoint 1 is also in RPC_URLS/],
  },
  {
    name: 'a data folder that cannot be written',
    env: () => ({ DATA_DIR: '/dev/null/keeper' }),
    lines: [/DATA_DIR: cannot write to \/dev\/null\/keeper/],
  },
  {
    name: 'a damaged ledger',
    env: () => ({}),
    file: ['ledger.db', 'this was a database once '.repeat(400)],
    lines: [/DATA_DIR: the ledger .*ledger\.db cannot be used .*left as it is/],
  },
  {
    name: 'a journal damaged in the middle',
    env: () => ({}),
    file: ['journal.jsonl', '{"kind":"intent","inte\n{"kind":"stop","atMs":1}\n'],
    lines: [/DATA_DIR: line 1 of .*journal\.jsonl cannot be read .*may be in flight/],
  },
  {
    name: 'a state of the breakers that cannot be read',
    env: () => ({}),
    file: ['risk.json', '{"realised":'],
    lines: [/DATA_DIR: .*risk\.json/],
  },
]

/** Log lines of the terminal are no complaints. */
const complaints = (note: string): string[] => note.split('\n').filter((line) => line.startsWith('keeper: '))

function nothingHappened(dataDir: string): void {
  expect(station.relayed()).toBe(0)
  expect(station.signed(dataDir)).toBe(0)
  expect(station.devnet.proxy.publicTransactions().filter(({ from }) => from === station.devnet.operator)).toEqual([])
}

describe('one clear line, exit code 2, nothing signed and nothing lost', () => {
  it.each(CASES)('$name', async ({ env, lines, file }) => {
    const change = { DATA_DIR: folder(), ...env() }
    if (file !== undefined) {
      mkdirSync(change.DATA_DIR, { recursive: true })
      writeFileSync(join(change.DATA_DIR, file[0]), file[1])
    }
    const { code, out, note } = await station.command(['run'], change)
    expect({ code, out, lines: complaints(note) }).toEqual({
      code: 2,
      out: '',
      lines: lines.map((line) => expect.stringMatching(line) as unknown),
    })
    expect(note).not.toMatch(/^\s+at /m)
    expect(note).not.toContain(KEY.slice(2, -2))
    nothingHappened(change.DATA_DIR)
    if (file !== undefined) expect(readFileSync(join(change.DATA_DIR, file[0]), 'utf8')).toBe(file[1])
  })
})
