import { Transaction, Wallet, keccak256 } from 'ethers'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import type { Head, Hex } from '../../src/domain/chain.js'
import type { Behind, Opportunity } from '../../src/domain/opportunity.js'
import type { Refusal } from '../../src/domain/refusal.js'
import { bidFor, floorOf } from '../../src/execution/bid-terms.js'
import { nodeSimulator } from '../../src/execution/node-simulator.js'
import type { TrackedIntent } from '../../src/execution/records.js'
import type { SimulationRequest } from '../../src/execution/simulate.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import {
  EXECUTOR,
  askOver,
  headOf,
  makeKeeper,
  opportunityFor,
  type KeeperOptions,
  type KeeperParts,
} from './support/keeper.js'

/** Anvil's third account: whoever sends the price. */
const FEED = new Wallet('0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a')
const HINT: Behind = { kind: 'hint', auction: 'mev-share', id: `0x${'90'.repeat(32)}` }

let anvil: Anvil
let share: BundleSink
let other: BundleSink
let dataDir = ''
let keepers: KeeperParts[] = []
let nonce = 0

beforeAll(async () => {
  anvil = await startAnvil({ autoMine: false })
  share = await bundleSink()
  other = await bundleSink()
})
afterAll(async () => {
  await share.close()
  await other.close()
  await anvil.stop()
})
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'behind-'))
  for (const sink of [share, other]) sink.bundles.length = sink.cancelled.length = 0
})
afterEach(async () => {
  for (const keeper of keepers) await keeper.stop()
  keepers = []
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(options: Partial<KeeperOptions> = {}): Promise<KeeperParts> {
  const relayUrls = [`${share.url}#flashbots`, `${other.url}#titan`]
  const keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls, ...options })
  keepers.push(keeper)
  await keeper.submitter.start(await headOf(anvil.rpc))
  return keeper
}
async function transmit(): Promise<Behind & { kind: 'transmit' }> {
  const fees = { type: 2, chainId: 31337, gasLimit: 30_000, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 0n }
  const raw = (await FEED.signTransaction({ ...fees, nonce: nonce++, to: FEED.address })) as Hex
  return { kind: 'transmit', raw, hash: keccak256(raw) as Hex }
}
async function mine(...raws: readonly Hex[]): Promise<Head> {
  for (const raw of raws) await anvil.rpc('eth_sendRawTransaction', [raw])
  await anvil.rpc('evm_mine', [])
  return headOf(anvil.rpc)
}
/** With a floor of 10⁻⁴ of the wrapped coin: behind a hint it becomes 10⁻³. */
const behind = (
  position: string,
  head: Head,
  follows: Behind | undefined,
  changes: Partial<Opportunity> = {},
): Opportunity => {
  const { order, ...rest } = opportunityFor(position, head)
  const floored = { ...rest, order: { ...order, minBidWei: 10n ** 14n }, ...changes }
  return follows === undefined ? floored : { ...floored, behind: follows }
}
const taken = (answer: Refusal | TrackedIntent): TrackedIntent => {
  if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
  return answer
}
const code = (answer: Refusal | TrackedIntent): string => ('code' in answer ? answer.code : 'taken')

test('behind a public transaction: [that, ours] and ours alone, one nonce, one block, to every relay', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const follows = await transmit()
  const { attempts } = taken(await keeper.submitter.offer(behind('p1', head, follows), head))
  await until(() => share.bundles.length === 2 && other.bundles.length === 2, 'the bundles')
  const ours = share.bundles[0]?.raw ?? '0x'
  for (const { bundles } of [share, other]) {
    // which of the two is read first is the sockets' affair
    expect(bundles.map(({ txs }) => txs).sort((a, b) => b.length - a.length)).toEqual([[follows.raw, ours], [ours]])
    expect(bundles.map(({ block }) => block)).toEqual([head.number + 1, head.number + 1])
    // neither may take the other's place at the relay
    expect(new Set(bundles.map(({ uuid }) => uuid)).size).toBe(2)
  }
  expect(attempts.map((attempt) => attempt.behind)).toEqual([{ kind: 'transmit', id: follows.hash }])
  await keeper.submitter.onHead(await mine(follows.raw, ours))
  expect(Object.fromEntries(keeper.ledger.report().outcomes)).toEqual({ landed: 1 })
})

test('behind a hint: only the auction sees it, for as long as the order lives', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const greeted = other.requests()
  const { attempts } = taken(await keeper.submitter.offer(behind('p1', head, HINT), head))
  await until(() => share.bundles.length === 1, 'the backrun')
  const [sent] = share.bundles
  const hex = (block: number): string => `0x${block.toString(16)}`
  expect(sent?.mev).toEqual({
    version: 'v0.1',
    inclusion: { block: hex(head.number + 1), maxBlock: hex(head.number + 3) },
    body: [{ hash: `0x${'90'.repeat(32)}` }, { tx: sent?.raw, canRevert: false }],
  })
  expect(attempts[0]?.relays).toEqual([new URL(share.url).host])
  expect([other.requests() - greeted, other.bundles.length]).toEqual([0, 0])
})

test.each([
  ['no relay takes hints', HINT, { relays: ['titan'] }],
  ['another auction', { ...HINT, auction: 'atlas' } as Behind, {}],
  ['a chain without bundles', HINT, { submission: 'privateRpc' as const }],
])('a hint that nobody takes goes nowhere: %s', async (_name, follows, how) => {
  const relayUrls = 'relays' in how ? [`${other.url}#titan`] : [`${share.url}#flashbots`]
  const keeper = await start({ relayUrls, ...('submission' in how ? { submission: how.submission } : {}) })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(behind('p1', head, follows), head))).toBe('no-private-path')
  expect([share.bundles.length, other.bundles.length, keeper.journal.state.open.size]).toEqual([0, 0, 0])
})

test('many triggers for one position share one intent and one nonce, replace only their own kind, and are cancelled together', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const first = await transmit()
  const triggers: readonly (Behind | undefined)[] = [first, HINT, undefined, first]
  const answers: TrackedIntent[] = []
  for (const [i, follows] of triggers.entries()) {
    const changes = { grossWei: 10n ** 17n + BigInt(i), gas: 300_000n + BigInt(i) }
    answers.push(taken(await keeper.submitter.offer(behind('p1', head, follows, changes), head)))
  }
  expect(new Set(answers.map(({ intent }) => intent.id)).size).toBe(1)
  expect(answers.at(-1)?.attempts).toHaveLength(4)
  await until(() => share.bundles.length === 6, 'the bundles')
  expect(new Set(share.bundles.map(({ raw }) => Transaction.from(raw).nonce)).size).toBe(1)
  // twice [transmit, ours] and ours alone, the second time in place of the first; once ours by itself; a hint has no uuid
  const times = new Map<string, number>()
  for (const { uuid } of share.bundles) times.set(uuid, (times.get(uuid) ?? 0) + 1)
  expect([...times].map(([uuid, n]) => `${uuid === '' ? 'hint' : 'uuid'} ${n}`).sort()).toEqual([
    ...['hint 1', 'uuid 1', 'uuid 2', 'uuid 2'],
  ])
  // a new process knows all names
  keepers = keepers.filter((one) => one !== keeper)
  keeper.ledger.close()
  const again = await start()
  again.submitter.kill('test')
  const named = [...times.keys()].filter((uuid) => uuid !== '')
  await until(() => named.every((uuid) => other.cancelled.includes(uuid)), 'the cancellations')
  expect(new Set(other.cancelled)).toEqual(new Set(named))
})

test('the least bid behind a hint is ten times the floor, for the builder keeps a tenth; a smaller gain is refused', () => {
  const head = {
    number: 1,
    hash: '0x',
    parentHash: '0x',
    timestamp: 1n,
    baseFeePerGas: 1n,
    gasLimit: 3n,
    gasUsed: 1n,
  } as const
  const caps = { maxBidBps: 9_000, maxFeeShareBps: 9_500 }
  const plain = behind('p', head, undefined)
  expect(bidFor(plain, null, caps)).toBe(plain)
  const hinted = behind('p', head, HINT)
  expect(floorOf(hinted)).toBe(10n ** 15n)
  // half of the gain is more than the floor: the bid stays, the floor in the order grows
  const bid = bidFor(hinted, null, caps)
  expect(bid).toMatchObject({ bidWei: 5n * 10n ** 16n, order: { bidBps: 5000, minBidWei: 10n ** 15n } })
  // a small gain: the floor decides, and comes out of the net
  const small = behind('p', head, HINT, {
    grossWei: 16n * 10n ** 14n,
    bidWei: 8n * 10n ** 14n,
    gasCostWei: 10n ** 14n,
    netWei: 7n * 10n ** 14n,
  })
  expect(bidFor(small, null, caps)).toMatchObject({ bidWei: 10n ** 15n, netWei: 5n * 10n ** 14n })
  const tiny = behind('p', head, HINT, { grossWei: 11n * 10n ** 14n, bidWei: 55n * 10n ** 13n, gasCostWei: 10n ** 13n })
  expect(bidFor(tiny, null, caps)).toMatchObject({ code: 'below-min-profit' })
  // behind a public transaction the bundle of both must reach the tail's price
  const follows: Behind = { kind: 'transmit', raw: '0x', hash: '0x' }
  expect(floorOf(behind('p', head, follows))).toBe((10n ** 14n * 700_000n + 299_999n) / 300_000n)
})

test('the simulation runs the public transaction first; what it needs is there, and its revert is told', async () => {
  const head = await headOf(anvil.rpc)
  const follows = await transmit()
  const seen: unknown[] = []
  const ask = askOver((method, params) => {
    seen.push(params[0])
    return anvil.rpc(method, params)
  })
  const simulate = nodeSimulator({ node: ask, blockTimeSeconds: 1 })
  const request: SimulationRequest = {
    ...{ from: FEED.address.toLowerCase() as Hex, executor: EXECUTOR, data: '0x', gasLimit: 100_000n, raw: null },
    ...{ fees: { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 0n }, head, behind: follows },
  }
  // nobody answers at this executor, which the simulation of the second call says
  expect(await simulate(request)).toMatchObject({
    kind: 'reverted',
    reason: expect.stringContaining('did nothing') as string,
  })
  const blocks = seen as { blockStateCalls: [{ blockOverrides: { feeRecipient: Hex }; calls: { to: Hex }[] }] }[]
  expect(blocks.map(({ blockStateCalls: [block] }) => block.calls.length)).toEqual([2, 2])
  expect(new Set(blocks.map(({ blockStateCalls: [block] }) => block.blockOverrides.feeRecipient)).size).toBe(2)
  await anvil.rpc('anvil_setCode', [FEED.address, '0x60006000fd'])
  expect(await simulate(request)).toMatchObject({ reason: 'the transaction that it follows reverts' })
  await anvil.rpc('anvil_setCode', [FEED.address, '0x'])
  expect(await simulate({ ...request, behind: HINT })).toMatchObject({ kind: 'unavailable' })
})
