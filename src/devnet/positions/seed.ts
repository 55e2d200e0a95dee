import type { Address, Hex } from '../../domain/chain.js'
import { setPrice } from '../feeds.js'
import type { AaveMarket } from '../aave/market.js'
import { OPENING_PRICES, SYMBOLS } from '../catalogue.js'
import type { Contract } from '../deployer.js'
import type { Ground } from '../ground.js'
import { approve, mint } from '../tokens.js'
import { inBatches, runBatch, type BatchCall } from './batch.js'
import { SEED_RISE_BPS, VOLATILE, type PositionPlan } from './plan.js'

const TWO_ETHER = '0x1bc16d674ec80000'
const VARIABLE = 2
/** The longest that Aave allows. */
const GRACE_PERIOD_SECONDS = 4 * 3_600

/** Transactions that are mined, and how many there will be. */
export type SeedProgress = (done: number, of: number) => void

/**
 * Opens the planned positions on the given markets in a handful of blocks: the deployer supplies in the borrowers' names,
 * then the borrowers, impersonated, choose their efficiency mode and borrow. Ends with the opening prices.
 */
export async function seedPositions(
  ground: Ground,
  markets: readonly AaveMarket[],
  plans: readonly PositionPlan[],
  progress: SeedProgress = () => undefined,
): Promise<void> {
  const { admin, feeds } = ground
  const marketOf = ({ market }: PositionPlan): AaveMarket => {
    const found = markets.find(({ version }) => version === market)
    if (!found) throw new RangeError(`a position is planned on Aave ${market}, which this devnet does not have`)
    return found
  }
  await prepareSupplies(ground, markets, plans)
  await inBatches(
    admin.rpc,
    plans.map(({ account }) => ['anvil_setBalance', [account, TWO_ETHER]]),
  )
  const supplies = plans.flatMap((plan) => suppliesOf(admin.from, marketOf(plan), plan))
  const borrows = (whileHigh: boolean): BatchCall[] =>
    plans.filter((plan) => plan.whileHigh === whileHigh).flatMap((plan) => borrowsOf(marketOf(plan), plan))
  const [early, late] = [borrows(false), borrows(true)]
  let done = 0
  const mined = (count: number): void => {
    progress((done += count), supplies.length + early.length + late.length)
  }
  // a batch keeps the order of one sender only: what a loan needs must be there before
  await runBatch(admin, supplies, mined)
  await runBatch(admin, early, mined)
  for (const symbol of VOLATILE)
    await setPrice(admin, feeds, symbol, (OPENING_PRICES[symbol] * SEED_RISE_BPS) / 10_000n)
  await runBatch(admin, late, mined)
  for (const symbol of VOLATILE) await setPrice(admin, feeds, symbol, OPENING_PRICES[symbol])
  if (plans.some(({ special }) => special === 'grace-period')) await startGracePeriod(ground, markets)
}

/** All the collateral at once, so that each borrower costs one transaction per token. */
async function prepareSupplies(
  { admin, tokens }: Ground,
  markets: readonly AaveMarket[],
  plans: readonly PositionPlan[],
): Promise<void> {
  for (const symbol of SYMBOLS) {
    const holdings = plans.flatMap(({ collateral }) => collateral.filter(([s]) => s === symbol))
    if (holdings.length === 0) continue
    await mint(
      admin,
      tokens,
      symbol,
      admin.from,
      holdings.reduce((sum, [, amount]) => sum + amount, 0n),
    )
    for (const { pool } of markets) await approve(admin, tokens[symbol], admin.from, pool.address)
  }
}

const call = (from: Address, to: Contract, method: string, args: readonly unknown[]): BatchCall => ({
  from,
  to: to.address,
  data: to.abi.encodeFunctionData(method, [...args]) as Hex,
})

const suppliesOf = (payer: Address, { pool, tokens }: AaveMarket, { account, collateral }: PositionPlan): BatchCall[] =>
  collateral.map(([symbol, amount]) => call(payer, pool, 'supply', [tokens[symbol].address, amount, account, 0]))

function borrowsOf({ pool, tokens }: AaveMarket, { account, eMode, debt }: PositionPlan): BatchCall[] {
  const calls = debt.map(([symbol, amount]) =>
    call(account, pool, 'borrow', [tokens[symbol].address, amount, VARIABLE, 0, account]),
  )
  return eMode === 0 ? calls : [call(account, pool, 'setUserEMode', [eMode]), ...calls]
}

/** Aave gives borrowers time after a pause: DAI on v3.6 cannot be liquidated for four hours of the chain's time. */
async function startGracePeriod({ admin, tokens }: Ground, markets: readonly AaveMarket[]): Promise<void> {
  const market = markets.find(({ version }) => version === 'v3.6')
  if (!market) return
  const args = [tokens.DAI.address, false, GRACE_PERIOD_SECONDS]
  await admin.send(market.configurator, 'setReservePause(address,bool,uint40)', args)
}
