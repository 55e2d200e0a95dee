import { RAY, WAD } from '../../../src/domain/maths.js'
import type { Hex } from '../../../src/domain/chain.js'
import { makerFlopAuctions } from '../../../strategies/maker/flop-auctions.js'
import { makerRefill } from '../../../strategies/maker/refill.js'
import { undoAfterEach } from '../../contracts/support/executor-bed.js'
import { Random } from '../aave-v3/support/random.js'
import { act } from './support/flop-act.js'
import { DUMP, SUMP, startFlopBed, step, type FlopBed } from './support/flop-bed.js'
import { what } from './support/maker-contracts.js'

const SEED = 41_907
const TTL = 10_800n

let bed: FlopBed
beforeAll(async () => {
  bed = await startFlopBed()
}, 60_000)
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** Two auctions, started and led by the agent. */
async function leadTwo(): Promise<void> {
  await bed.owe(2n * SUMP)
  await act(bed, await bed.round())
}

describe('the traps of Maker’s debt auctions, with the real agent on stand-ins', () => {
  test('a war: our reservation is never passed, every refund is seen, losing costs nothing, and we never outbid ourselves', async () => {
    await bed.owe(SUMP)
    const opening = await bed.held()
    await act(bed, await bed.round())
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
      await act(bed, round)
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
    await act(bed, round)
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
    await act(bed, round)
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
    const receipt = await act(bed, round)
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
    await act(bed, await bed.round(tic + 1n))
    expect((await bed.held()).slice(2)).toEqual([0n, step(DUMP)])
  })
})
