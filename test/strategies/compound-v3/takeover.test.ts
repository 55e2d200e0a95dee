import { RpcClient } from '../../../src/chain/rpc-client.js'
import { Takeovers } from '../../../src/cli/keeper/takeovers.js'
import { whole, type TokenSymbol } from '../../../src/devnet/catalogue.js'
import type { Address, Head } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { refuse } from '../../../src/domain/refusal.js'
import { atLoss } from '../../../src/profit/complete.js'
import { compoundV3 } from '../../../strategies/compound-v3/strategy.js'
import { storeId } from '../../../strategies/compound-v3/state.js'
import { takeover } from '../../../strategies/compound-v3/takeover.js'
import { address, undoAfterEach } from '../../contracts/support/executor-bed.js'
import { startCometBed, type CometBed } from './support/comet-bed.js'
import { lookAt, type CometOutlook } from './support/outlook.js'

const [FIRST, SECOND, HEALTHY] = [0x7a1, 0x7a2, 0x7a3].map((n) => address(0xc0e0_0000 + n)) as [
  Address,
  Address,
  Address,
]
const POSITIONS: readonly (readonly [Address, readonly [TokenSymbol, bigint], bigint])[] = [
  [FIRST, ['WETH', 10n], 19_000n],
  [SECOND, ['WETH', 6n], 11_500n],
  [HEALTHY, ['WETH', 10n], 5_000n],
]

describe('accounts of a Comet that sells nothing', () => {
  let bed: CometBed
  let look: CometOutlook
  let takeovers: Takeovers

  beforeAll(async () => {
    bed = await startCometBed()
    for (const [user, [symbol, amount], debt] of POSITIONS) {
      await bed.supplyTo(user, symbol, whole(symbol, amount))
      await bed.withdrawFrom(user, 'USDC', whole('USDC', debt))
    }
    // a gift: the reserves are beyond their target
    await bed.mint('USDC', bed.comet.address, whole('USDC', 2_000_000n))
    await bed.moveMarket({ WETH: 1_500_00000000n })
    look = await lookAt(bed)
    const options = { urls: [bed.anvil.rpcUrl], chainId: bed.chain.id, logger: silentLogger, metrics: noMetrics }
    takeovers = new Takeovers({ ask: new RpcClient(options), from: bed.operator, by: bed.executor.address })
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const headOf = async (): Promise<Head> => ({
    ...(await bed.headBlock()),
    ...{ baseFeePerGas: 10n ** 9n, gasLimit: 30_000_000n, gasUsed: 0n },
  })
  const place = () => ({ market: bed.comets, debt: takeover.debt(look.state), takeover })
  const due = (of: readonly Address[]) =>
    of.map((position) => ({ position, debtBase: BigInt(String(takeover.of(look.state, position, look.at))) }))
  const owed = async (user: Address): Promise<bigint> =>
    (await bed.admin.read(bed.comet, 'borrowBalanceOf', [user]))[0] as bigint

  it('are refused in profit mode, and their debt is known to the cent', () => {
    expect(look.combine([FIRST]).refusals.map(({ code }) => code)).toEqual(['not-for-sale'])
    expect(takeover.of(look.state, FIRST, look.at)).toBe(compoundV3.solvency(look.state, FIRST, look.at).debtBase)
    expect(takeover.of(look.state, HEALTHY, look.at)).toMatchObject({ code: 'healthy' })
    expect(takeover.of(look.state, storeId(bed.token('WETH')), look.at)).toBeNull()
  })

  it('are absorbed together in one call of the operator, which costs gas and nothing else', async () => {
    const at = { head: await headOf(), context: atLoss(look.context), mayLose: () => null }
    const { opportunity, refusals } = await takeovers.choose(place(), due([FIRST, SECOND]), at)
    expect(refusals.size).toBe(0)
    if (opportunity?.call === undefined) throw new Error('nothing was chosen')
    expect(opportunity.legs.map(({ position }) => position)).toEqual([FIRST, SECOND])
    expect([opportunity.grossWei, opportunity.atLoss]).toEqual([0n, true])
    expect(opportunity.netWei).toBe(-opportunity.gasCostWei - opportunity.bidWei)
    const tokens = [bed.token('USDC'), bed.token('WETH')]
    const before = await Promise.all(tokens.map((token) => bed.balance(token, bed.operator)))
    await bed.anvil.rpc('eth_sendTransactionSync', [{ from: bed.operator, ...opportunity.call }])
    expect(await Promise.all([FIRST, SECOND].map(owed))).toEqual([0n, 0n])
    expect(await Promise.all(tokens.map((token) => bed.balance(token, bed.operator)))).toEqual(before)
    const ended = opportunity.legs.reduce((sum, { realisesBase = 0n }) => sum + realisesBase, 0n)
    expect(ended).toBeGreaterThanOrEqual(30_500n * 10n ** 8n)
  })

  it('one that became healthy meanwhile is left out and the others go, asked of the chain and not of the replica', async () => {
    await bed.supplyTo(SECOND, 'WETH', whole('WETH', 20n))
    const at = { head: await headOf(), context: atLoss(look.context), mayLose: () => null }
    const { opportunity, refusals } = await takeovers.choose(place(), due([FIRST, SECOND]), at)
    expect(opportunity?.legs.map(({ position }) => position)).toEqual([FIRST])
    expect(refusals.get(SECOND)?.code).toBe('simulation-failed')
  })

  it('as many go as the budget allows, and of the next it is said why not', async () => {
    const over = refuse('daily-loss', 'over')
    let most = 0n
    const spend = { head: await headOf(), context: atLoss(look.context) }
    await takeovers.choose(place(), due([FIRST]), { ...spend, mayLose: (one) => ((most = -one.netUsd8), null) })
    const mayLose = ({ netUsd8 }: { readonly netUsd8: bigint }) => (-netUsd8 > most ? over : null)
    const { opportunity, refusals } = await takeovers.choose(place(), due([FIRST, SECOND]), { ...spend, mayLose })
    expect(opportunity?.legs.map(({ position }) => position)).toEqual([FIRST])
    expect(refusals.get(SECOND)).toEqual(over)
    const none = await takeovers.choose(place(), due([FIRST]), { ...spend, mayLose: () => over })
    expect([none.opportunity, none.refusals.get(FIRST)]).toEqual([null, over])
  })
})
