import { id, zeroPadValue, toBeHex } from 'ethers'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Anvil } from '../../src/devnet/anvil.js'
import { startAnvil } from '../../src/devnet/anvil.js'
import type { Address, Head, Hex } from '../../src/domain/chain.js'
import type { Refusal } from '../../src/domain/refusal.js'
import type { TrackedIntent } from '../../src/execution/records.js'
import { resetBreakers } from '../../src/risk/state-file.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import { EXECUTOR, askOver, headOf, makeKeeper, opportunityFor, type KeeperParts } from './support/keeper.js'
import { A } from './support/records.js'

const REVERTS: Hex = '0x60006000fd'
/** The debt of every opportunity here; the room's test prices know the chain's coin alone. */
const DEBT = A('d')
/** A contract that is neither in an order nor in a market. */
const STRANGER = A('5')

let anvil: Anvil
let sink: BundleSink
let dataDir = ''
let keepers: KeeperParts[] = []
let snapshot: unknown

beforeAll(async () => {
  anvil = await startAnvil({ autoMine: false })
  sink = await bundleSink()
})
afterAll(async () => {
  await sink.close()
  await anvil.stop()
})
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tracker-'))
  sink.bundles.length = 0
  snapshot = await anvil.rpc('evm_snapshot', [])
})
afterEach(async () => {
  for (const keeper of keepers) await keeper.stop()
  keepers = []
  rmSync(dataDir, { recursive: true, force: true })
  await anvil.rpc('evm_revert', [snapshot])
})

async function start(): Promise<KeeperParts> {
  const options = { relayUrls: [sink.url], submission: 'privateRpc' as const, confirmations: 6 }
  const keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), ...options })
  keepers.push(keeper)
  await keeper.submitter.start(await headOf(anvil.rpc))
  return keeper
}
/** Ends a keeper as a crash does: nothing is said to the journal. */
function crash(keeper: KeeperParts): void {
  keepers = keepers.filter((one) => one !== keeper)
  keeper.ledger.close()
}
/** Offers, and waits for the transaction that was sent. */
async function send(keeper: KeeperParts, position: string): Promise<Hex> {
  const before = sink.bundles.length
  const head = await headOf(anvil.rpc)
  const answer = await keeper.submitter.offer(opportunityFor(position, head), head)
  if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
  await until(() => sink.bundles.length > before, 'the transaction')
  return sink.bundles.at(-1)?.raw ?? '0x'
}
async function mine(...raws: readonly Hex[]): Promise<Head> {
  for (const raw of raws) await anvil.rpc('eth_sendRawTransaction', [raw])
  await anvil.rpc('evm_mine', [])
  return headOf(anvil.rpc)
}
/** The gate's figures of the day of the newest block. */
async function loss(keeper: KeeperParts): Promise<bigint> {
  const { timestamp } = await headOf(anvil.rpc)
  return keeper.gate.standing(Number(timestamp) * 1000).lossUsd8
}
const code = (answer: Refusal | TrackedIntent): string => ('code' in answer ? answer.code : 'taken')

/** The loss of one transaction that reverts. */
async function revertOnce(keeper: KeeperParts): Promise<Hex> {
  await anvil.rpc('anvil_setCode', [EXECUTOR, REVERTS])
  const raw = await send(keeper, 'p1')
  await keeper.submitter.onHead(await mine(raw))
  expect(await loss(keeper)).toBeGreaterThan(0n)
  expect(keeper.ledger.report().bookings).toHaveLength(1)
  return raw
}

const word = (value: bigint | string): string => `7f${zeroPadValue(toBeHex(value), 32).slice(2)}`
/** Code that tells an ERC-20 transfer, whoever calls it. */
const tells = (from: Address, to: Address, amount: bigint): Hex =>
  `0x${word(amount)}600052${word(to)}${word(from)}${word(id('Transfer(address,address,uint256)'))}60206000a300`
/** Code that calls `target` with all gas. */
const calls = (target: Address): Hex => `0x${'6000'.repeat(5)}73${target.slice(2)}5af100`

describe('tokens that nobody prices', () => {
  const cases: readonly [string, Address, Hex, string][] = [
    ['leave us', DEBT, tells(EXECUTOR, A('1'), 5n), 'unpriced-loss'],
    ['come to us', DEBT, tells(A('1'), EXECUTOR, 5n), 'taken'],
    // anybody who is called on the way could switch us off otherwise
    ['leave us, says a stranger', STRANGER, tells(EXECUTOR, A('1'), 5n), 'taken'],
    ['come to us, says a stranger', STRANGER, tells(A('1'), EXECUTOR, 10n ** 30n), 'taken'],
  ]
  it.each(cases)('%s: gas counts as loss in any case', async (_name, token, says, then) => {
    await anvil.rpc('anvil_setCode', [token, says])
    await anvil.rpc('anvil_setCode', [EXECUTOR, calls(token)])
    const keeper = await start()
    const head = await mine(await send(keeper, 'p1'))
    await keeper.submitter.onHead(head)
    const { bookings, deltas, strays } = keeper.ledger.report()
    expect(deltas.has(token)).toBe(token === DEBT)
    expect(strays.has(token)).toBe(token === STRANGER)
    const [booking] = bookings
    const gasUsd8 = ((booking?.gasWei ?? 0n) * 2000n) / 10n ** 10n
    expect(gasUsd8).toBeGreaterThan(0n)
    expect([booking?.netUsd8, booking?.unpriced]).toEqual([-gasUsd8, token === DEBT ? [DEBT] : []])
    expect(await loss(keeper)).toBe(gasUsd8)
    expect(code(await keeper.submitter.offer(opportunityFor('p2', head), head))).toBe(then)
    crash(keeper)
    const again = await start()
    expect(await loss(again)).toBe(gasUsd8)
    const next = await mine()
    await again.submitter.onHead(next)
    if (then === 'taken') return
    expect(code(await again.submitter.offer(opportunityFor('p2', next), next))).toBe(then)
    crash(again)
    resetBreakers(dataDir)
    const third = await start()
    for (let i = 0; i < 7; i++) await third.submitter.onHead(await mine())
    // closed: what was reset does not trip again
    const last = await headOf(anvil.rpc)
    expect(code(await third.submitter.offer(opportunityFor('p2', last), last))).toBe('taken')
  })
})

describe('the daily loss', () => {
  it('is given back by a reorg while the keeper was dead, and counts once when the transaction is mined again', async () => {
    const first = await start()
    const raw = await revertOnce(first)
    crash(first)
    await anvil.rpc('anvil_reorg', [1, []])
    const second = await start()
    expect(await loss(second)).toBe(0n)
    expect(second.ledger.report().bookings).toEqual([])
    await second.submitter.onHead(await mine(raw))
    const once = await loss(second)
    expect(once).toBeGreaterThan(0n)
    for (let i = 0; i < 3; i++) await second.submitter.onHead(await mine())
    crash(second)
    const third = await start()
    for (let i = 0; i < 4; i++) await third.submitter.onHead(await mine())
    expect(third.journal.state.open.size).toBe(0)
    expect(await loss(third)).toBe(once)
    expect(third.ledger.report().bookings).toHaveLength(1)
  })

  it.each(['not mined again', 'mined again'])(
    'a crash before the journal heard of the booking, then a reorg, %s: nothing stays that is not in the chain',
    async (then) => {
      const first = await start()
      const path = join(dataDir, 'journal.jsonl')
      await anvil.rpc('anvil_setCode', [EXECUTOR, REVERTS])
      const raw = await send(first, 'p1')
      const journal = readFileSync(path)
      await first.submitter.onHead(await mine(raw))
      expect(await loss(first)).toBeGreaterThan(0n)
      crash(first)
      writeFileSync(path, journal)
      await anvil.rpc('anvil_reorg', [1, []])
      const again = then === 'mined again'
      if (again) await mine(raw)
      const second = await start()
      const { bookings } = second.ledger.report()
      const { hash } = await headOf(anvil.rpc)
      expect(bookings.map(({ blockHash }) => blockHash)).toEqual(again ? [hash] : [])
      expect(await loss(second)).toBe(again ? -(bookings[0]?.netUsd8 ?? 0n) : 0n)
    },
  )
})
