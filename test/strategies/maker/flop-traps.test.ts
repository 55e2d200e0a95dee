import { RAY, WAD } from '../../../src/domain/maths.js'
import type { Receipt } from '../../../src/devnet/deployer.js'
import type { Hex } from '../../../src/domain/chain.js'
import { encodeRun } from '../../../src/auctions/agent.js'
import { assumeAgent } from '../../../src/auctions/assumed-agent.js'
import { wantedAgent } from '../../../src/auctions/wanted-agent.js'
import { makerAgentNeeds } from '../../../strategies/maker/agent-needs.js'
import { makerFlopAuctions } from '../../../strategies/maker/flop-auctions.js'
import { makerRefill } from '../../../strategies/maker/refill.js'
import { LIMITS, POLICY } from '../../auctions/support/lab.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { Random } from '../aave-v3/support/random.js'
import { DUMP, SUMP, startFlopBed, type FlopBed } from './support/flop-bed.js'
import { what } from './support/maker-contracts.js'

const SEED = 41_907
const BEG = (105n * WAD) / 100n
const TTL = 10_800n
const step = (lot: bigint): bigint => (lot * WAD) / BEG

let bed: FlopBed
beforeAll(async () => {
  bed = await startFlopBed()
}, 60_000)
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** Runs what the agent decides, checks that the books saw what the chain did, and gives what happened. */
async function act(round: Awaited<ReturnType<FlopBed['round']>>): Promise<Receipt> {
  const before = await bed.held()
  const receipt = await bed.runRound(round)
  expect(receipt.status).toBe('0x1')
  const after = await bed.held()
  expect(bed.moved(receipt)).toEqual(after.map((now, i) => now - (before[i] ?? 0n)))
  return receipt
}

/** Two auctions, started and led by the agent. */
async function leadTwo(): Promise<void> {
  await bed.owe(2n * SUMP)
  await act(await bed.round())
}

describe('the traps of Maker’s debt auctions, with the real agent on stand-ins', () => {
  test('queue, heal, flop and first bid are one run, for as many auctions as the debt allows', async () => {
    const { admin, vow, vat } = bed
    await bed.owe(3n * SUMP + 5n)
    await admin.send(vow, 'fess', [2n * SUMP])
    await admin.send(vat, 'suck', [bed.rival, vow.address, 5n])
    // the rest waits in the queue: at the second itself at which it may be popped it counts
    await admin.send(vow, 'file', [what('wait'), 500n])
    const due = (await bed.now()) - 2n + 500n
    expect((await bed.round(due - 10n)).actions).toHaveLength(1)
    const { maturing } = await bed.snapshot()
    const at = maturing[0]?.at ?? 0n
    expect([(await bed.round(at - 1n)).actions.length, (await bed.round(at)).actions.length]).toEqual([1, 3])
    const round = await bed.round(at)
    // flog, heal, flop, dent; then flop and dent
    expect(round.actions.map(({ kind, name, calls }) => [kind, name, calls.length])).toEqual([
      ['start', 'maker-flop/1', 4],
      ['start', 'maker-flop/2', 2],
      ['start', 'maker-flop/3', 2],
    ])
    await bed.at(at)
    await act(round)
    const led = (await bed.snapshot()).auctions
    expect(led.map(({ leader, lot }) => [leader, lot])).toEqual(
      Array.from({ length: 3 }, () => [bed.agent.address, step(DUMP)]),
    )
    // the first bids have paid the Vow and cancelled what was on auction
    const reserves = (await bed.snapshot()).reserves
    expect([reserves?.onAuctionDebt, reserves?.badDebt]).toEqual([0n, 0n])
    expect((await bed.round()).actions).toEqual([])
  })

  test('one unit of coins that a stranger sends into the Vow blocks a run that was made before; the next one heals it', async () => {
    await bed.owe(2n * SUMP)
    const planned = await bed.round()
    await bed.admin.send(bed.vat, 'move', [bed.rival, bed.vow.address, 1n], { from: bed.rival })
    const before = await bed.held()
    expect((await bed.runRound(planned)).status).toBe('0x0')
    expect(await bed.held()).toEqual(before)
    await bed.owe(1n)
    await act(await bed.round())
  })

  test('debt on auction that somebody has cancelled: nothing is started until the auction behind it has a bid', async () => {
    const { admin, vat, vow } = bed
    await bed.owe(2n * SUMP)
    await admin.send(vow, 'flop', [])
    await admin.send(vat, 'move', [bed.rival, vow.address, 5n], { from: bed.rival })
    await admin.send(vow, 'kiss', [5n])
    await bed.owe(5n)
    const round = await bed.round()
    expect(round.actions.map(({ kind }) => kind)).toEqual(['bid'])
    await act(round)
    // what was paid too much is healed with the next start
    expect((await bed.round()).actions.map(({ kind, calls }) => [kind, calls.length])).toEqual([['start', 3]])
    await act(await bed.round())
  })

  test('a war: our reservation is never passed, every refund is seen, losing costs nothing, and we never outbid ourselves', async () => {
    await bed.owe(SUMP)
    const opening = await bed.held()
    await act(await bed.round())
    expect((await bed.round()).actions).toEqual([])
    expect((await bed.round()).lockedNow).toBe(1_000n * WAD)
    let bids = 1
    for (let lot = step(DUMP); ; bids++) {
      // the rival always asks for the next step
      lot = step(lot)
      const before = await bed.held()
      const refund = await bed.rivalBids(1, lot)
      expect(bed.moved(refund)).toEqual([0n, SUMP, -SUMP, 0n])
      expect((await bed.held())[1]).toBe((before[1] ?? 0n) + SUMP)
      const round = await bed.round()
      const [note] = round.notes
      if (round.actions.length === 0) {
        expect(note?.decision).toMatchObject({ act: 'skip', reason: 'below-reservation' })
        break
      }
      if (note?.decision.act !== 'bid') throw new Error('a bid without a decision')
      const { reservation, terms } = note.decision
      lot = terms.get
      expect([lot >= reservation, lot <= step((await bed.auction(1)).lot)]).toEqual([true, true])
      await act(round)
    }
    // 1,000 coins and 1 % are worth 5,050 tokens; from 10,000 that many steps of 5 %
    expect(bids).toBeGreaterThan(5)
    const [coins = 0n, inside = 0n, claims, tokens] = await bed.held()
    expect([coins * RAY + inside, claims, tokens]).toEqual([(opening[0] ?? 0n) * RAY + (opening[1] ?? 0n), 0n, 0n])
  })

  test('the boundary seconds are strict: a bid before the expiry, the end a second behind it, nothing in between', async () => {
    await leadTwo()
    const { tic } = await bed.auction(1)
    const phases = [tic - 1n, tic, tic + 1n].map(async (t) => (await bed.round(t)).actions.map(({ kind }) => kind))
    expect(await Promise.all(phases)).toEqual([[], [], ['settle', 'settle']])
    const round = await bed.round(tic + 1n)
    const early = await bed.anvil.rpc('evm_snapshot', [])
    await bed.at(tic)
    expect((await bed.runRound(round)).status).toBe('0x0')
    await bed.anvil.rpc('evm_revert', [early])
    await bed.at(tic + 1n)
    await act(round)
    expect((await bed.held()).slice(2)).toEqual([0n, 2n * step(DUMP)])
  })

  test(`the next step is the largest that the Flopper takes at any second (seed ${SEED})`, async () => {
    const { anvil, flopper, rival, vow } = bed
    await bed.owe(SUMP)
    await bed.admin.send(vow, 'flop', [])
    const random = new Random(SEED)
    const base = await bed.now()
    const answers: string[] = []
    const met = { taken: 0, refused: 0 }
    for (let i = 0; i < 40; i++) {
      const lot = BigInt(random.below(1_000_000)) * 10n ** BigInt(random.below(19)) + BigInt(random.below(1_000))
      const led = random.below(2) === 1
      const end = base + BigInt(random.below(9)) + (random.below(3) === 0 ? 0n : 10_000n)
      const tic = led ? base + BigInt(random.below(9)) + (random.below(2) === 0 ? 0n : 5_000n) : 0n
      const bid = [SUMP, lot, led ? bed.agent.address : vow.address, tic, end]
      await bed.admin.send(flopper, 'setTerms', [WAD + BigInt(random.below(10)) * 10n ** 16n, WAD, TTL, 200_000n])
      await bed.admin.send(flopper, 'put', [1, bid])
      await bed.admin.send(vow, 'put', [0n, SUMP, 0n, 0n])
      const auction = await bed.auction(1)
      const t = base + 4n
      const takes = async (get: bigint): Promise<boolean> => {
        const data = flopper.abi.encodeFunctionData('dent', [1, get, SUMP]) as Hex
        const asked = [{ from: rival, to: flopper.address, data }, 'latest', {}, { time: `0x${t.toString(16)}` }]
        return anvil.rpc('eth_call', asked).then(
          () => true,
          () => false,
        )
      }
      const next = makerFlopAuctions.nextStep(auction, t)
      if (next === null) {
        met.refused++
        if (await takes(step(lot))) answers.push(`${i}: refused here, taken there`)
      } else {
        met.taken++
        if (!(await takes(next.get))) answers.push(`${i}: ${next.get} is not taken`)
        if (await takes(next.get + 1n)) answers.push(`${i}: ${next.get} is not the largest`)
      }
    }
    expect(answers).toEqual([])
    expect(Math.min(met.taken, met.refused)).toBeGreaterThan(10)
  })

  test('an auction that was dealt and ticked is a ghost; whoever deals, the lot is ours and the books see it', async () => {
    await leadTwo()
    const { tic } = await bed.auction(1)
    await bed.at(tic + 1n)
    const dealt = await bed.admin.send(bed.flopper, 'deal', [1], { from: bed.rival })
    expect(bed.moved(dealt)).toEqual([0n, 0n, -SUMP, step(DUMP)])
    await bed.at(tic + 2n)
    await bed.admin.send(bed.flopper, 'tick', [1])
    const { auctions } = await bed.snapshot()
    expect(auctions.map(({ ref }) => ref.id)).toEqual(['2'])
    const [, , , , end] = await bed.admin.read(bed.flopper, 'bids', [1])
    expect(end).toBeGreaterThan(tic)
  })

  test('an auction without a bid grows by half and is bid in, in one run, as was foretold', async () => {
    await bed.owe(SUMP)
    await bed.admin.send(bed.vow, 'flop', [])
    const { end } = await bed.auction(1)
    // too dear at first: 9,523 tokens are worth 952 coins
    const cheap = { pool: { price: WAD / 10n } }
    expect((await bed.round(end - 1n, cheap)).actions).toEqual([])
    expect((await bed.round(end, cheap)).actions).toEqual([])
    const round = await bed.round(end + 1n, cheap)
    expect(round.actions.map(({ kind, calls }) => [kind, calls.length])).toEqual([['restart', 2]])
    await bed.at(end + 1n)
    await act(round)
    const fresh = await bed.auction(1)
    expect([fresh.leader, fresh.lot, fresh.end]).toEqual([
      bed.agent.address,
      step((DUMP * 3n) / 2n),
      end + 1n + 172_800n,
    ])
  })

  test('a shutdown: nothing is bid any more, and what we lead is paid back in full', async () => {
    await leadTwo()
    await bed.rivalBids(2, step(step(DUMP)))
    await bed.admin.send(bed.vow, 'cage', [])
    const { health } = await bed.snapshot()
    expect([health.enabled, health.reasons.join()]).toEqual([false, expect.stringMatching(/Vow is shut down/)])
    const round = await bed.round()
    expect(round.actions.map(({ kind, name }) => [kind, name])).toEqual([['settle', 'maker-flop/1']])
    const before = await bed.held()
    const receipt = await act(round)
    expect(bed.moved(receipt)).toEqual([0n, SUMP, -SUMP, 0n])
    expect((await bed.held())[1]).toBe((before[1] ?? 0n) + SUMP)
    expect((await bed.round()).actions).toEqual([])
  })

  test('switched off as Sky did, the answer is no, with the reason; what is led already is still brought home', async () => {
    await leadTwo()
    await bed.owe(5n * SUMP)
    await bed.admin.send(bed.vow, 'file', [what('sump'), 2n ** 256n - 1n])
    await bed.rivalBids(2, step(step(DUMP)))
    const { tic } = await bed.auction(1)
    const round = await bed.round()
    expect([round.actions, round.notes.find(({ name }) => name === 'maker-flop/2')?.decision]).toMatchObject([
      [],
      { act: 'skip', why: 'sump is set so that no debt can be auctioned' },
    ])
    expect((await bed.round(tic + 1n)).actions.map(({ kind, name }) => [kind, name])).toEqual([
      ['settle', 'maker-flop/1'],
    ])
  })

  test('governance replaces the Flopper: nothing is bid in either, the doctor is told, and what is led is brought home', async () => {
    await leadTwo()
    await bed.owe(SUMP)
    const misfits = async () => makerRefill.misfits?.(bed.reader, bed.market, await bed.head())
    expect(await misfits()).toEqual([])
    await bed.admin.send(bed.vow, 'setFlopper', [bed.clip.address])
    expect(await misfits()).toEqual([expect.stringMatching(/the Vow has the Flopper 0x.*then set flopper to it/)])
    await bed.rivalBids(2, step(step(DUMP)))
    const { tic } = await bed.auction(1)
    const round = await bed.round()
    expect([round.actions, round.notes.find(({ name }) => name === 'maker-flop/2')?.decision.act]).toEqual([[], 'skip'])
    await bed.at(tic + 1n)
    await act(await bed.round(tic + 1n))
    expect((await bed.held()).slice(2)).toEqual([0n, step(DUMP)])
  })

  test('a dry run without an agent: coins and the right in the Vat are assumed, and the run that is decided goes through', async () => {
    const { anvil, market, operator, reader } = bed
    await bed.owe(2n * SUMP)
    const agent = address(0xa9e7)
    const limits = { perRun: 10n ** 60n, perDay: 10n ** 60n, floorRate: 0n }
    const needs = [{ needs: makerAgentNeeds(market, agent), router: address(0x60) }]
    const frame = { agent, operators: [operator], wrappedNative: market.contracts['collateral'] ?? address(0) }
    const wanted = wantedAgent(needs, () => limits, frame)
    const coins = [{ token: market.contracts['coin'] ?? address(0), symbol: 'DAI', amount: 5_000n * WAD }]
    const head = await bed.head()
    const { state, lacks } = await assumeAgent(reader, agent, operator, wanted, coins, head.number)
    expect(lacks).toEqual([])
    const assumed = reader.assuming(state)
    const { health, starting } = await makerFlopAuctions.open(market, agent).at(assumed, head, head.timestamp)
    expect([health, starting?.auctions.length]).toEqual([{ enabled: true, reasons: [] }, 2])
    const first = starting?.auctions[0]
    if (starting === null || first === undefined) throw new Error('nothing can be started')
    const terms = makerFlopAuctions.nextStep(first, head.timestamp)
    if (terms === null) throw new Error('no step is legal')
    const join = makerRefill.encodeJoin(market, agent, terms.pay)
    const calls = [...join, starting.start, ...makerFlopAuctions.encodeBid(first, terms, agent)]
    const run = { from: operator, to: agent, data: encodeRun(2 ** 40, 2n ** 40n, calls) }
    expect(await anvil.rpc('eth_call', [run, 'latest', state])).toBe('0x')
  })

  test('two keepers on one key: of two equal runs in one block the second reverts and spends nothing', async () => {
    const { anvil, agent } = bed
    await bed.owe(SUMP)
    const round = await bed.round()
    await anvil.rpc('evm_setAutomine', [false])
    const before = await bed.held()
    const sent = [bed.runRound(round), bed.runRound(round)]
    await anvil.rpc('evm_setAutomine', [true])
    await anvil.rpc('evm_mine', [])
    const ends = (await Promise.all(sent)).map(({ status }) => status).sort()
    expect(ends).toEqual(['0x0', '0x1'])
    const [coins = 0n, inside = 0n, claims] = await bed.held()
    expect([coins * RAY + inside, claims]).toEqual([(before[0] ?? 0n) * RAY + (before[1] ?? 0n) - SUMP, SUMP])
    expect((await bed.auction(1)).leader).toBe(agent.address)
  })

  test('in backstop mode the budget bounds what first bids may lose, all together', async () => {
    await bed.owe(4n * SUMP)
    // 9,523 tokens are worth 857 coins: each costs 143 and a little more than the one before
    const poor = { pool: { price: (9n * WAD) / 100n }, policy: { ...POLICY, mode: 'backstop' as const } }
    const starts = async (budget: bigint): Promise<number> => {
      const round = await bed.round(undefined, { ...poor, limits: { ...LIMITS, minProfit: -budget * WAD } })
      return round.actions.length
    }
    expect([await starts(100n), await starts(150n), await starts(300n), await starts(10_000n)]).toEqual([0, 1, 2, 4])
  })

  test('the agent’s owner bounds what a run may take: a bid beyond it is no run at all', async () => {
    await bed.owe(8n * SUMP)
    const round = await bed.round()
    // 5,000 coins a run are allowed; the round was not told, the contract was
    expect(round.actions).toHaveLength(8)
    const before = await bed.held()
    expect((await bed.runRound(round)).status).toBe('0x0')
    expect(await bed.held()).toEqual(before)
    const within = await bed.round(undefined, { spendable: 5_000n * WAD })
    expect(within.actions).toHaveLength(5)
    await act(within)
  })
})
