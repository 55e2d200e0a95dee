import { encodeRun } from '../../../src/auctions/agent.js'
import { assumeAgent } from '../../../src/auctions/assumed-agent.js'
import { wantedAgent } from '../../../src/auctions/wanted-agent.js'
import { RAY, WAD } from '../../../src/domain/maths.js'
import { makerAgentNeeds } from '../../../strategies/maker/agent-needs.js'
import { makerFlopAuctions } from '../../../strategies/maker/flop-auctions.js'
import { makerRefill } from '../../../strategies/maker/refill.js'
import { LIMITS, POLICY } from '../../auctions/support/lab.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { act } from './support/flop-act.js'
import { DUMP, SUMP, startFlopBed, step, type FlopBed } from './support/flop-bed.js'
import { what } from './support/maker-contracts.js'

let bed: FlopBed
beforeAll(async () => {
  bed = await startFlopBed()
}, 60_000)
afterAll(() => bed.stop())
undoAfterEach(() => bed)

describe('how Maker’s debt auctions are started, with the real agent on stand-ins', () => {
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
    await act(bed, round)
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
    await act(bed, await bed.round())
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
    await act(bed, round)
    // what was paid too much is healed with the next start
    expect((await bed.round()).actions.map(({ kind, calls }) => [kind, calls.length])).toEqual([['start', 3]])
    await act(bed, await bed.round())
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
    await act(bed, within)
  })
})
