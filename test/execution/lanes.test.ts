import { Transaction, Wallet } from 'ethers'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import type { Address, Head, Hex } from '../../src/domain/chain.js'
import { silentLogger, type Metrics } from '../../src/domain/ports.js'
import type { Refusal } from '../../src/domain/refusal.js'
import type { TrackedIntent } from '../../src/execution/records.js'
import { TopUps } from '../../src/execution/top-ups.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import { OPERATOR_KEY, askOver, headOf, makeKeeper, opportunityFor, type KeeperParts } from './support/keeper.js'
import { A } from './support/records.js'

/** Anvil's first three accounts. */
const KEYS = [
  OPERATOR_KEY,
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
]
const addresses = KEYS.map((key) => new Wallet(key).address.toLowerCase() as Address)

let anvil: Anvil
let sink: BundleSink
let dataDir = ''
let keepers: KeeperParts[] = []

beforeAll(async () => {
  anvil = await startAnvil({ autoMine: false })
  sink = await bundleSink()
})
afterAll(async () => {
  await sink.close()
  await anvil.stop()
})
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lanes-'))
  sink.bundles.length = 0
})
afterEach(async () => {
  for (const keeper of keepers) await keeper.stop()
  keepers = []
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(keys: readonly string[], housekeeping?: string): Promise<KeeperParts> {
  const kept = housekeeping === undefined ? {} : { housekeeping }
  const keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls: [sink.url], keys, ...kept })
  keepers.push(keeper)
  await keeper.submitter.start(await headOf(anvil.rpc))
  return keeper
}
function crash(keeper: KeeperParts): void {
  keepers = keepers.filter((one) => one !== keeper)
  keeper.ledger.close()
}
async function mine(...raws: readonly (Hex | undefined)[]): Promise<Head> {
  for (const raw of raws) await anvil.rpc('eth_sendRawTransaction', [raw])
  await anvil.rpc('evm_mine', [])
  return headOf(anvil.rpc)
}
const taken = (answer: Refusal | TrackedIntent): TrackedIntent => {
  if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
  return answer
}
const code = (answer: Refusal | TrackedIntent): string => ('code' in answer ? answer.code : 'taken')
const AT_LOSS = { atLoss: true as const }
/** One transaction for several positions. */
const together = (positions: readonly string[], head: Head) => {
  const [first, ...others] = positions.map((position) => opportunityFor(position, head))
  if (first === undefined) throw new Error('no position')
  return { ...first, legs: [first, ...others].flatMap(({ legs }) => legs) }
}

test('each operator has one intent in flight: positions spread over free lanes, a further one waits', async () => {
  const keeper = await start(KEYS)
  const head = await headOf(anvil.rpc)
  const intents: TrackedIntent[] = []
  for (const position of ['p1', 'p2', 'p3'])
    intents.push(taken(await keeper.submitter.offer(opportunityFor(position, head), head)))
  expect(new Set(intents.map(({ intent }) => intent.operator))).toEqual(new Set(addresses))
  expect(await keeper.submitter.offer(opportunityFor('p4', head), head)).toMatchObject({
    code: 'lane-busy',
    detail: expect.stringContaining('all 3 lanes are busy') as string,
  })
  // all of them in one block, each by its own account
  await until(() => sink.bundles.length === 3, 'the bundles')
  expect(new Set(sink.bundles.map(({ raw }) => Transaction.from(raw).from?.toLowerCase()))).toEqual(new Set(addresses))
  const next = await mine(...sink.bundles.map(({ raw }) => raw))
  await keeper.submitter.onHead(next)
  expect(Object.fromEntries(keeper.ledger.report().outcomes)).toEqual({ landed: 3 })
  expect(code(await keeper.submitter.offer(opportunityFor('p4', next), next))).toBe('taken')
})

test('a position in flight is refreshed on its own lane; positions of two lanes are taken apart', async () => {
  const keeper = await start(KEYS)
  const head = await headOf(anvil.rpc)
  const one = taken(await keeper.submitter.offer(opportunityFor('p1', head), head))
  const two = taken(await keeper.submitter.offer(opportunityFor('p2', head), head))
  const next = await mine()
  await keeper.submitter.onHead(next)
  const again = taken(await keeper.submitter.offer(together(['p2', 'p9'], next), next))
  expect([again.intent.id, again.intent.operator]).toEqual([two.intent.id, two.intent.operator])
  expect(code(await keeper.submitter.offer(together(['p1', 'p2'], next), next))).toBe('lanes-split')
  // what joined the second lane's intent stays there too
  expect(code(await keeper.submitter.offer(together(['p1', 'p9'], next), next))).toBe('lanes-split')
  const first = taken(await keeper.submitter.offer(opportunityFor('p1', next), next))
  expect(first.intent.id).toBe(one.intent.id)
})

test('after kill -9 every lane knows its own nonce and what may still land on it, also of a key that was taken away', async () => {
  const keeper = await start(KEYS)
  const head = await headOf(anvil.rpc)
  const nonceOf = new Map<Address, number>()
  for (const position of ['p1', 'p2', 'p3']) {
    const { intent } = taken(await keeper.submitter.offer(opportunityFor(position, head), head))
    nonceOf.set(intent.operator, intent.nonce)
  }
  await until(() => sink.bundles.length === 3, 'the bundles')
  crash(keeper)
  // one operator's transaction is mined while nobody runs; another's key is gone from the file
  const mined = sink.bundles.find(({ raw }) => Transaction.from(raw).from?.toLowerCase() === addresses[0])
  const next = await mine(mined?.raw)
  const again = await start(KEYS.slice(0, 2))
  expect(again.submitter.inFlight().map(({ intent }) => intent.operator)).toEqual([addresses[1]])
  const free = taken(await again.submitter.offer(opportunityFor('p4', next), next))
  expect([free.intent.operator, free.intent.nonce]).toEqual([
    addresses[0],
    (nonceOf.get(addresses[0] ?? '0x') ?? 0) + 1,
  ])
  expect(code(await again.submitter.offer(opportunityFor('p5', next), next))).toBe('lane-busy')
  // the third operator has no lane any more, but its transaction is still followed, and still booked
  const rest = sink.bundles.find(({ raw }) => Transaction.from(raw).from?.toLowerCase() === addresses[2])
  await again.submitter.onHead(await mine(rest?.raw))
  expect(again.ledger.report().bookings).toHaveLength(2)
})

test('a free lane is chosen by its coins, and one that cannot pay for gas is told once', async () => {
  await anvil.rpc('anvil_setBalance', [addresses[0], '0x1'])
  const keeper = await start(KEYS.slice(0, 2))
  const head = await headOf(anvil.rpc)
  const { intent } = taken(await keeper.submitter.offer(opportunityFor('p1', head), head))
  expect(intent.operator).toBe(addresses[1])
  expect(code(await keeper.submitter.offer(opportunityFor('p2', head), head))).toBe('operator-gas')
  await anvil.rpc('anvil_setBalance', [addresses[0], '0x8ac7230489e80000'])

  const gauges: string[] = []
  const warned: unknown[] = []
  const metrics: Metrics = {
    count: () => undefined,
    gauge: (name, value) => gauges.push(`${name} ${value}`),
    observe: () => undefined,
  }
  const logger = { ...silentLogger, warn: (event: string) => warned.push(event) }
  const topUps = new TopUps({ minOperatorWei: 10n, metrics, logger })
  for (const balance of [11n, 9n, 8n, 12n, 3n]) topUps.look({ balancesWei: new Map([[A('1'), balance]]) }, [A('1')])
  expect(warned).toEqual(['top-up', 'top-up'])
  expect(gauges.filter((line) => line.startsWith('operator_low'))).toEqual(
    ['0', '1', '1', '0', '1'].map((value) => `operator_low ${value}`),
  )
})

test('work that can wait goes to the key that is kept for it, beside every liquidation, and to no other', async () => {
  const [first = '', second = '', kept = ''] = KEYS
  const keeper = await start([first, second], kept)
  const head = await headOf(anvil.rpc)
  const upkeep = opportunityFor('poke/1', head, { housekeeping: true })
  const intent = taken(await keeper.submitter.offer(upkeep, head))
  expect(intent.intent.operator).toBe(addresses[2])
  expect(await keeper.submitter.offer(opportunityFor('poke/2', head, { housekeeping: true }), head)).toMatchObject({
    code: 'lane-busy',
  })
  for (const position of ['p1', 'p2']) {
    const { operator } = taken(await keeper.submitter.offer(opportunityFor(position, head), head)).intent
    expect(addresses.slice(0, 2)).toContain(operator)
  }
  // a liquidation never takes that key, and without one such work is not done
  expect(code(await keeper.submitter.offer(opportunityFor('p3', head), head))).toBe('lane-busy')
  await keeper.stop()
  keepers = []
  const without = await start([first])
  expect(await without.submitter.offer(upkeep, head)).toMatchObject({
    code: 'lane-busy',
    detail: expect.stringContaining('OPERATOR_KEYS_FILE') as string,
  })
})

test('what is taken at a loss leaves a lane free for what pays; with one key there is none to leave', async () => {
  const keeper = await start(KEYS.slice(0, 2))
  const head = await headOf(anvil.rpc)
  const { intent } = taken(await keeper.submitter.offer(opportunityFor('dust/1', head, AT_LOSS), head))
  expect(await keeper.submitter.offer(opportunityFor('dust/2', head, AT_LOSS), head)).toMatchObject({
    code: 'lane-busy',
    detail: expect.stringContaining('what pays') as string,
  })
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('taken')
  const next = await mine()
  await keeper.submitter.onHead(next)
  // what is out is refreshed all the same
  const again = taken(await keeper.submitter.offer(opportunityFor('dust/1', next, AT_LOSS), next))
  expect(again.intent.id).toBe(intent.id)
  await keeper.stop()
  keepers = []
  await mine()
  for (let i = 0; i < 4; i++) await anvil.rpc('evm_mine', [])
  const single = await start(KEYS.slice(2))
  const later = await headOf(anvil.rpc)
  expect(code(await single.submitter.offer(opportunityFor('dust/2', later, AT_LOSS), later))).toBe('taken')
})
