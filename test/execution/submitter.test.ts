import { Transaction, Wallet } from 'ethers'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil } from '../../src/devnet/anvil.js'
import type { Anvil } from '../../src/devnet/anvil.js'
import type { Address, Head } from '../../src/domain/chain.js'
import type { Refusal } from '../../src/domain/refusal.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { killFileOf, releaseKillSwitch } from '../../src/risk/kill-file.js'
import { resetBreakers } from '../../src/risk/state-file.js'
import type { AttemptRecord, IntentRecord, TrackedIntent } from '../../src/execution/records.js'
import { until } from '../support/until.js'
import type { BundleSink, SunkBundle } from './support/bundle-sink.js'
import { bundleSink } from './support/bundle-sink.js'
import type { KeeperOptions, KeeperParts } from './support/keeper.js'
import { A } from './support/records.js'
import { EXECUTOR, OPERATOR_KEY, askOver, headOf, makeKeeper, opportunityFor } from './support/keeper.js'

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
  dataDir = mkdtempSync(join(tmpdir(), 'submitter-'))
  sink.bundles.length = 0
  sink.cancelled.length = 0
})
afterEach(async () => {
  for (const keeper of keepers) await keeper.stop()
  keepers = []
  rmSync(dataDir, { recursive: true, force: true })
  await anvil.rpc('anvil_setCode', [EXECUTOR, '0x'])
})

async function start(options: Partial<KeeperOptions> = {}): Promise<KeeperParts> {
  const keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls: [sink.url], ...options })
  keepers.push(keeper)
  await keeper.submitter.start(await headOf(anvil.rpc))
  return keeper
}
/** Ends a keeper as a crash does: nothing is said to the journal. */
function crash(keeper: KeeperParts): void {
  keepers = keepers.filter((one) => one !== keeper)
  keeper.ledger.close()
}
async function mine(...bundles: readonly (SunkBundle | undefined)[]): Promise<Head> {
  for (const bundle of bundles) await anvil.rpc('eth_sendRawTransaction', [bundle?.raw])
  await anvil.rpc('evm_mine', [])
  return headOf(anvil.rpc)
}
async function sent(count: number): Promise<SunkBundle[]> {
  await until(() => sink.bundles.length >= count, `${count} transactions`)
  expect(sink.bundles).toHaveLength(count)
  return sink.bundles
}
const intent = (answer: Refusal | TrackedIntent): IntentRecord & { readonly attempts: readonly AttemptRecord[] } => {
  if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
  return { ...answer.intent, attempts: answer.attempts }
}
const code = (answer: Refusal | TrackedIntent): string => ('code' in answer ? answer.code : 'taken')
/** A port at which nobody listens. */
async function nobody(): Promise<string> {
  const gone = await bundleSink()
  await gone.close()
  return gone.url
}
const nonceIn = (bundle: SunkBundle | undefined): number => Transaction.from(bundle?.raw ?? '').nonce
const balance = async (address: Address): Promise<bigint> =>
  BigInt((await anvil.rpc('eth_getBalance', [address, 'latest'])) as string)
const outcomes = (keeper: KeeperParts): Record<string, number> => Object.fromEntries(keeper.ledger.report().outcomes)

test('an offer is journalled, sent for the next block, mined, and booked to the wei of the balance', async () => {
  const keeper = await start()
  const before = await balance(keeper.operator)
  const head = await headOf(anvil.rpc)
  const taken = intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  expect(keeper.journal.state.open.get(taken.id)?.attempts).toHaveLength(1)
  const [bundle] = await sent(1)
  expect(bundle?.block).toBe(head.number + 1)
  const transaction = Transaction.from(bundle?.raw ?? '')
  expect(transaction.type).toBe(2)
  expect(transaction.chainId).toBe(31337n)
  expect(transaction.gasLimit).toBe(600_000n)
  await keeper.submitter.onHead(await mine(bundle))
  expect(outcomes(keeper)).toEqual({ landed: 1 })
  expect(keeper.ledger.report().deltas.get(NATIVE)).toBe((await balance(keeper.operator)) - before)
  expect(keeper.submitter.inFlight()).toHaveLength(0)
})

test('a nonce that is gone while the node shows no receipt is unclear until it shows one', async () => {
  const [chain, hidden] = [askOver(anvil.rpc), { is: true }]
  const keeper = await start({
    ask: {
      request: (method, params, parse) =>
        hidden.is && method === 'eth_getTransactionReceipt'
          ? Promise.resolve(parse(null))
          : chain.request(method, params, parse),
    },
  })
  const head = await headOf(anvil.rpc)
  const { id } = intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  expect(keeper.submitter.unclear()).toEqual([])
  await keeper.submitter.onHead(await mine((await sent(1))[0]))
  expect(keeper.submitter.inFlight()).toEqual([])
  expect(keeper.submitter.unclear().map((one) => one.intent.id)).toEqual([id])
  hidden.is = false
  await keeper.submitter.onHead(await mine())
  expect([keeper.submitter.unclear(), outcomes(keeper)]).toEqual([[], { landed: 1 }])
})

test('missed: the same nonce again for the next block, with fresh fees; never a second nonce; then one booking', async () => {
  const keeper = await start()
  const first = await headOf(anvil.rpc)
  const one = intent(await keeper.submitter.offer(opportunityFor('p1', first), first))
  const second = await mine()
  await keeper.submitter.onHead(second)
  expect(code(await keeper.submitter.offer(opportunityFor('p2', second), second))).toBe('lane-busy')
  const again = intent(
    await keeper.submitter.offer(opportunityFor('p1', second, { grossWei: 2n * 10n ** 17n }), second),
  )
  expect(again.id).toBe(one.id)
  expect(again.attempts.map((attempt) => attempt.targetBlock)).toEqual([first.number + 1, second.number + 1])
  // the same offer for the same block is one transaction
  expect(code(await keeper.submitter.offer(opportunityFor('p1', second, { grossWei: 2n * 10n ** 17n }), second))).toBe(
    'lane-busy',
  )
  const bundles = await sent(2)
  expect(bundles.map(nonceIn)).toEqual([one.nonce, one.nonce])
  expect(new Set(bundles.map((bundle) => bundle.uuid)).size).toBe(1)
  const third = await mine(bundles[1])
  await keeper.submitter.onHead(third)
  const next = intent(await keeper.submitter.offer(opportunityFor('p2', third), third))
  expect(next.nonce).toBe(one.nonce + 1)
  expect(keeper.ledger.report().bookings).toHaveLength(1)
})

test('offers at the same instant never get two intents on one nonce', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const answers = await Promise.all(
    ['p1', 'p2', 'p3'].map((position) => keeper.submitter.offer(opportunityFor(position, head), head)),
  )
  expect(answers.map(code)).toEqual(['taken', 'lane-busy', 'lane-busy'])
})

test('expired: after the deadline block the nonce is free again, and used again', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const one = intent(await keeper.submitter.offer(opportunityFor('p1', head, {}, 2), head))
  const next = await mine()
  await keeper.submitter.onHead(next)
  expect(code(await keeper.submitter.offer(opportunityFor('p2', next), next))).toBe('lane-busy')
  const later = await mine()
  await keeper.submitter.onHead(later)
  expect(outcomes(keeper)).toEqual({ expired: 1 })
  const two = intent(await keeper.submitter.offer(opportunityFor('p2', later), later))
  expect(two.nonce).toBe(one.nonce)
  expect(two.id).not.toBe(one.id)
  const bundles = await sent(2)
  await keeper.submitter.onHead(await mine(bundles[1]))
  expect(outcomes(keeper)).toEqual({ expired: 1, landed: 1 })
})

test('outbid: a rival liquidated the position and ours was not mined', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  await keeper.submitter.offer(opportunityFor('p1', head, {}, 1), head)
  const rival: Address = `0x${'5'.repeat(40)}`
  const event = { market: 'm', position: 'p1', collateral: rival, debt: rival, repaid: 1n, seized: 1n }
  const seen = await mine()
  keeper.submitter.onLiquidation({ ...event, liquidator: rival, transactionHash: '0x' }, seen)
  await keeper.submitter.onHead(seen)
  expect(outcomes(keeper)).toEqual({ outbid: 1 })
})

test('our own liquidation, seen on chain and then undone, makes nobody a rival', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  await keeper.submitter.offer(opportunityFor('p1', head, {}, 1), head)
  const event = { market: 'm', position: 'p1', collateral: EXECUTOR, debt: EXECUTOR, repaid: 1n, seized: 1n }
  keeper.submitter.onLiquidation({ ...event, liquidator: EXECUTOR, transactionHash: '0x' }, head)
  await keeper.submitter.onHead(await mine())
  expect(outcomes(keeper)).toEqual({ expired: 1 })
})

test.each([true, false])(
  'a node that loses a receipt (booked before: %s) takes nothing out of the books',
  async (booked) => {
    let lost = !booked
    const ask = askOver((method, params) =>
      lost && method === 'eth_getTransactionReceipt' ? Promise.resolve(null) : anvil.rpc(method, params),
    )
    const keeper = await start({ ask, confirmations: 6 })
    const head = await headOf(anvil.rpc)
    await keeper.submitter.offer(opportunityFor('p1', head), head)
    const landing = await mine(...(await sent(1)))
    if (booked) await keeper.submitter.onHead(landing)
    lost = true
    // past everything that would close it without a receipt
    for (let i = 0; i < 10; i++) await mine()
    await keeper.submitter.onHead(await headOf(anvil.rpc))
    expect(keeper.ledger.report().bookings).toHaveLength(booked ? 1 : 0)
    lost = false
    await keeper.submitter.onHead(await mine())
    expect(outcomes(keeper)).toEqual({ landed: 1 })
    expect(keeper.ledger.report().bookings).toHaveLength(1)
  },
)

test('the nonce is taken by another transaction of the key: outbid, and the lane goes on', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  const one = intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, gasLimit: 21_000n, type: 2, chainId: 31337 }
  const other = await new Wallet(OPERATOR_KEY).signTransaction({ ...fees, nonce: one.nonce, to: EXECUTOR })
  await anvil.rpc('eth_sendRawTransaction', [other])
  const next = await mine()
  await keeper.submitter.onHead(next)
  expect(outcomes(keeper)).toEqual({ outbid: 1 })
  expect(intent(await keeper.submitter.offer(opportunityFor('p2', next), next)).nonce).toBe(one.nonce + 1)
})

test('a reorg takes the booking back; the transaction in another block counts once', async () => {
  const keeper = await start({ confirmations: 6 })
  const head = await headOf(anvil.rpc)
  const before = await balance(keeper.operator)
  await keeper.submitter.offer(opportunityFor('p1', head), head)
  const [bundle] = await sent(1)
  await keeper.submitter.onHead(await mine(bundle))
  expect(keeper.ledger.report().bookings).toHaveLength(1)
  await anvil.rpc('anvil_reorg', [1, []])
  const replaced = await headOf(anvil.rpc)
  await keeper.submitter.onHead(replaced)
  expect(keeper.ledger.report().bookings).toHaveLength(0)
  expect(outcomes(keeper)).toEqual({ reorged: 1 })
  expect(keeper.submitter.inFlight()).toHaveLength(1)
  expect(code(await keeper.submitter.offer(opportunityFor('p2', replaced), replaced))).toBe('lane-busy')
  const again = await mine(bundle)
  await keeper.submitter.onHead(again)
  for (let i = 0; i < 7; i++) await keeper.submitter.onHead(await mine())
  const { bookings, deltas } = keeper.ledger.report()
  expect(bookings.map((row) => row.blockHash)).toEqual([again.hash])
  expect(deltas.get(NATIVE)).toBe((await balance(keeper.operator)) - before)
  expect(keeper.journal.state.open.size).toBe(0)
})

test('reverts are booked and trip the breaker, which a restart does not reset', async () => {
  await anvil.rpc('anvil_setCode', [EXECUTOR, '0x60006000fd'])
  const keeper = await start({ limits: { maxConsecutiveReverts: 2 }, submission: 'privateRpc' })
  for (const [i, position] of ['p1', 'p2'].entries()) {
    const head = await headOf(anvil.rpc)
    intent(await keeper.submitter.offer(opportunityFor(position, head), head))
    await keeper.submitter.onHead(await mine((await sent(i + 1))[i]))
  }
  expect(outcomes(keeper)).toEqual({ reverted: 2 })
  expect(keeper.ledger.report().deltas.get(NATIVE)).toBeLessThan(0n)
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p3', head), head))).toBe('consecutive-reverts')
  crash(keeper)
  const again = await start({ limits: { maxConsecutiveReverts: 2 }, submission: 'privateRpc' })
  expect(code(await again.submitter.offer(opportunityFor('p3', head), head))).toBe('consecutive-reverts')
  crash(again)
  resetBreakers(dataDir)
  const third = await start({ limits: { maxConsecutiveReverts: 2 }, submission: 'privateRpc' })
  expect(code(await third.submitter.offer(opportunityFor('p3', head), head))).toBe('taken')
})

test('reverted runs of the agent stop the agent and no liquidation', async () => {
  const agent = A('8')
  await anvil.rpc('anvil_setCode', [agent, '0x60006000fd'])
  const keeper = await start({ limits: { maxConsecutiveReverts: 2 }, submission: 'privateRpc', agent })
  const run = (position: string, head: Head) => opportunityFor(position, head, { call: { to: agent, data: '0x' } })
  for (const [i, position] of ['a1', 'a2'].entries()) {
    const head = await headOf(anvil.rpc)
    intent(await keeper.submitter.offer(run(position, head), head))
    await keeper.submitter.onHead(await mine((await sent(i + 1))[i]))
  }
  expect(outcomes(keeper)).toEqual({ reverted: 2 })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(run('a3', head), head))).toBe('consecutive-reverts')
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('taken')
})

test.each([
  ["the operator's own calls", { call: { to: A('9'), data: '0x' as const } }],
  ['what is taken at a loss', { atLoss: true as const }],
])("reverts of %s stop these, as the agent's do, and no liquidation", async (_, kind) => {
  for (const target of [A('9'), EXECUTOR]) await anvil.rpc('anvil_setCode', [target, '0x60006000fd'])
  const keeper = await start({ limits: { maxConsecutiveReverts: 2 }, submission: 'privateRpc', agent: A('8') })
  const own = (position: string, head: Head) => {
    const one = opportunityFor(position, head, kind)
    return { ...one, legs: one.legs.map((leg) => ('atLoss' in kind ? { ...leg, realisesBase: 1n } : leg)) }
  }
  for (const [i, position] of ['a1', 'a2'].entries()) {
    const head = await headOf(anvil.rpc)
    intent(await keeper.submitter.offer(own(position, head), head))
    await keeper.submitter.onHead(await mine((await sent(i + 1))[i]))
  }
  expect(outcomes(keeper)).toEqual({ reverted: 2 })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(own('a3', head), head))).toBe('consecutive-reverts')
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('taken')
})

test('a run that is meant to lose leaves where reverts are charged, once it was simulated, and is booked', async () => {
  const agent = A('8')
  await anvil.rpc('anvil_setCode', [agent, '0x00'])
  const keeper = await start({ submission: 'privateRpc', bid: 'priorityFee', agent })
  const head = await headOf(anvil.rpc)
  const loses = { grossWei: 10n ** 18n, bidWei: 3n * 10n ** 14n, netWei: -13n * 10n ** 14n, netUsd8: -260_000_001n }
  const run = opportunityFor('poke/1', head, { ...loses, call: { to: agent, data: '0x' } })
  intent(await keeper.submitter.offer(run, head))
  await keeper.submitter.onHead(await mine((await sent(1))[0]))
  expect(outcomes(keeper)).toEqual({ landed: 1 })
  expect(keeper.ledger.report().bookings.map(({ expectedNetUsd8 }) => expectedNetUsd8)).toEqual([-260_000_001n])
})

test('the kill switch refuses within one block and cancels what is out; releasing it goes on', async () => {
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  const [bundle] = await sent(1)
  keeper.submitter.kill('test')
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head, { grossWei: 3n * 10n ** 17n }), head))).toBe(
    'kill-switch',
  )
  const next = await mine()
  await keeper.submitter.onHead(next)
  await until(() => sink.cancelled.length > 0, 'the cancellation')
  expect(sink.cancelled).toEqual([bundle?.uuid])
  expect(sink.bundles).toHaveLength(1)
  expect(killFileOf(dataDir)).toContain('KILL')
  releaseKillSwitch(dataDir)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', next), next))).toBe('taken')
})

test('a dry run signs, sends nothing, and records once what it would have earned', async () => {
  const requests = sink.requests()
  const keeper = await start({ dryRun: true })
  for (let i = 0; i < 3; i++) {
    const head = await mine()
    await keeper.submitter.onHead(head)
    const answer = await keeper.submitter.offer(opportunityFor('p1', head), head)
    expect(answer).toMatchObject({ code: 'dry-run', figure: (49n * 10n ** 15n).toString() })
  }
  expect(keeper.ledger.report().dryRunNetWei).toBe(49n * 10n ** 15n)
  expect(outcomes(keeper)).toEqual({ 'dry-run': 1 })
  expect(keeper.journal.state.open.size).toBe(0)
  expect(sink.requests()).toBe(requests)
})

test('without a private endpoint nothing is sent', async () => {
  const keeper = await start({ relayUrls: [] })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('no-private-path')
})

test('a node that fails, lies or answers nonsense changes nothing; the next head tries again', async () => {
  let fault: (() => unknown) | null = () => {
    throw new Error('down')
  }
  const good = askOver(anvil.rpc)
  const keeper = await start({
    ask: {
      request: async (method, params, parse) => (fault === null ? good.request(method, params, parse) : parse(fault())),
    },
  })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('lane-busy')
  fault = null
  await keeper.submitter.onHead(head)
  intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  const [bundle] = await sent(1)
  const next = await mine(bundle)
  for (const nonsense of [null, 'x', {}, '0x', '0xffffffffffffffffffffff', []]) {
    fault = () => nonsense
    await keeper.submitter.onHead(next)
    expect(keeper.ledger.report().bookings).toHaveLength(0)
  }
  fault = null
  await keeper.submitter.onHead(next)
  expect(outcomes(keeper)).toEqual({ landed: 1 })
})

test('kill -9 between sending and inclusion: the new start books the outcome exactly once, and the next as well', async () => {
  const script = join(__dirname, '../../dist/test/execution/submitter-child.js')
  const child = spawn(process.execPath, [script, dataDir, anvil.rpcUrl, sink.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('exit', (_code, signal) => done(signal)))
  const before = BigInt((await anvil.rpc('eth_getBalance', [new Wallet(OPERATOR_KEY).address, 'latest'])) as string)
  await until(() => sink.bundles.length > 0, 'the transaction')
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
  // before inclusion: the new process knows what may still land and signs no other nonce
  const keeper = await start()
  const head = await headOf(anvil.rpc)
  expect(keeper.submitter.inFlight()).toHaveLength(1)
  expect(code(await keeper.submitter.offer(opportunityFor('other', head), head))).toBe('lane-busy')
  crash(keeper)
  // mined while nobody runs
  const [bundle] = await sent(1)
  await mine(bundle)
  for (let i = 0; i < 3; i++) {
    const again = await start()
    expect(outcomes(again)).toEqual({ landed: 1 })
    const { bookings, deltas } = again.ledger.report()
    expect(bookings).toHaveLength(1)
    expect(deltas.get(NATIVE)).toBe((await balance(again.operator)) - before)
    crash(again)
  }
})

test("where block numbers may be the parent chain's, a nonce is free only when the deadline has passed in time", async () => {
  const keeper = await start({ submission: 'privateRpc' })
  const first = await headOf(anvil.rpc)
  intent(await keeper.submitter.offer(opportunityFor('slow', first), first))
  let head = first
  for (let i = 0; i < 4; i++) head = await mine()
  expect(head.number).toBeGreaterThan(first.number + 3)
  await keeper.submitter.onHead(head)
  expect(keeper.submitter.inFlight()).toHaveLength(1)
  expect(code(await keeper.submitter.offer(opportunityFor('other', head), head))).toBe('lane-busy')

  await anvil.rpc('evm_increaseTime', [100])
  head = await mine()
  await keeper.submitter.onHead(head)
  expect(keeper.submitter.inFlight()).toHaveLength(0)
  expect(code(await keeper.submitter.offer(opportunityFor('other', head), head))).toBe('taken')
})

test('a failed simulation holds back its positions for one block, whatever the amounts have become', async () => {
  const simulate = () => Promise.resolve({ kind: 'reverted' as const, reason: 'spoilt', data: '0x' as const })
  const keeper = await start({ simulate })
  const head = await headOf(anvil.rpc)
  intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  await sent(1)
  const next = await mine()
  await keeper.submitter.onHead(next)
  // interest makes every block's amounts others
  const grown = opportunityFor('p1', next, { grossWei: 10n ** 17n + 1n })
  expect(code(await keeper.submitter.offer(grown, next))).toBe('simulation-failed')
  const third = await mine()
  expect(code(await keeper.submitter.offer(opportunityFor('p1', third), third))).toBe('taken')
})

test('the kill switch is asked again after a simulation that was waited for', async () => {
  let kill = (): void => undefined
  const simulate = () => {
    kill()
    return Promise.resolve({ kind: 'done' as const, gasUsed: 250_000n, gross: null, bid: null })
  }
  const keeper = await start({ submission: 'privateRpc', simulate })
  kill = () => {
    keeper.submitter.kill('test')
  }
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('kill-switch')
  expect(keeper.submitter.inFlight()).toHaveLength(0)
  expect(sink.bundles).toHaveLength(0)
  releaseKillSwitch(dataDir)
})

test('a simulator that claims next to no gas cannot starve the transaction', async () => {
  const simulate = () => Promise.resolve({ kind: 'done' as const, gasUsed: 1n, gross: null, bid: null })
  const keeper = await start({ submission: 'privateRpc', simulate })
  const head = await headOf(anvil.rpc)
  const opportunity = opportunityFor('p1', head)
  intent(await keeper.submitter.offer(opportunity, head))
  const [bundle] = await sent(1)
  expect(Transaction.from(bundle?.raw ?? '').gasLimit).toBe(opportunity.gas)
})

test('a replacement that must tip more than the shrunken gain is worth is not signed', async () => {
  const keeper = await start({ submission: 'privateRpc', bid: 'priorityFee' })
  const head = await headOf(anvil.rpc)
  intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  await sent(1)
  const next = await mine()
  await keeper.submitter.onHead(next)
  const shrunk = { grossWei: 4n * 10n ** 15n, bidWei: 10n ** 15n, netWei: 2n * 10n ** 15n }
  expect(code(await keeper.submitter.offer(opportunityFor('p1', next, shrunk), next))).toBe('fee-share')
  expect(code(await keeper.submitter.offer(opportunityFor('p1', next), next))).toBe('taken')
})

test('a rival whose liquidation a reorg took back outbid nobody', async () => {
  const keeper = await start({ confirmations: 6 })
  const head = await headOf(anvil.rpc)
  await keeper.submitter.offer(opportunityFor('p1', head, {}, 1), head)
  const rival: Address = `0x${'5'.repeat(40)}`
  const event = { market: 'm', position: 'p1', collateral: rival, debt: rival, repaid: 1n, seized: 1n }
  const seen = await mine()
  keeper.submitter.onLiquidation({ ...event, liquidator: rival, transactionHash: '0x' }, seen)
  await keeper.submitter.onHead(seen)
  expect(outcomes(keeper)).toEqual({ outbid: 1 })
  await anvil.rpc('anvil_reorg', [1, []])
  const other = await headOf(anvil.rpc)
  expect([other.number, other.hash === seen.hash]).toEqual([seen.number, false])
  await keeper.submitter.onHead(other)
  expect(outcomes(keeper)).toEqual({ expired: 1 })
  // and it stays so, whatever the nonce is used for afterwards
  intent(await keeper.submitter.offer(opportunityFor('p2', other), other))
  await keeper.submitter.onHead(await mine((await sent(2))[1]))
  expect(outcomes(keeper)).toEqual({ expired: 1, landed: 1 })
})

test('what never left frees its nonce for another position; what may have left keeps it', async () => {
  const keeper = await start({ relayUrls: [await nobody()] })
  const head = await headOf(anvil.rpc)
  const one = intent(await keeper.submitter.offer(opportunityFor('p1', head), head))
  await until(() => keeper.journal.state.open.size === 0, 'the refusal')
  expect(keeper.submitter.inFlight()).toHaveLength(0)
  expect(outcomes(keeper)).toEqual({ refused: 1 })
  const two = intent(await keeper.submitter.offer(opportunityFor('p2', head), head))
  expect([two.nonce, two.id === one.id]).toEqual([one.nonce, false])

  // one relay of two has it: the nonce stays taken
  crash(keeper)
  rmSync(join(dataDir, 'journal.jsonl'))
  const both = await start({ relayUrls: [await nobody(), sink.url] })
  intent(await both.submitter.offer(opportunityFor('p1', head), head))
  await sent(1)
  await new Promise((done) => setTimeout(done, 50))
  expect(both.submitter.inFlight()).toHaveLength(1)
  expect(code(await both.submitter.offer(opportunityFor('p2', head), head))).toBe('lane-busy')
})

test.each([
  ['no simulator', undefined],
  ['a simulator that is down', () => Promise.resolve({ kind: 'unavailable' as const, why: 'down' })],
])('where a revert is charged nothing leaves unsimulated: %s', async (_name, simulate) => {
  const keeper = await start({ submission: 'privateRpc', simulate: simulate ?? null })
  const head = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('not-simulated')
  expect([sink.bundles.length, keeper.journal.state.open.size]).toEqual([0, 0])
})

test('a simulation that took two blocks sends nothing', async () => {
  let late: () => Promise<void> = () => Promise.resolve()
  const simulate = async () => {
    await late()
    return { kind: 'done' as const, gasUsed: 250_000n, gross: null, bid: null }
  }
  const keeper = await start({ submission: 'privateRpc', simulate })
  const head = await headOf(anvil.rpc)
  late = async () => {
    for (let i = 0; i < 2; i++) await keeper.submitter.onHead(await mine())
  }
  expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('not-simulated')
  late = () => Promise.resolve()
  const now = await headOf(anvil.rpc)
  expect(code(await keeper.submitter.offer(opportunityFor('p1', now), now))).toBe('taken')
})
