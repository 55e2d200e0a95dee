import type { Address, Hex, RawLog } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import type { MarketWatch } from '../../src/cli/keeper/market-watch.js'
import { POOL_TOPIC, TOKEN_TOPIC } from '../../strategies/aave-v3/signatures.js'
import { AaveState, type Reserve } from '../../strategies/aave-v3/state.js'
import { addressOf } from '../scan/addresses.js'
import { Random } from '../scan/random.js'

const SEED = 5
const CHUNK = 5_000
/** Collateral and debt of the crowd; USD, whole, for one token. */
const COLLATERALS = [
  ['WETH', 2_500],
  ['WBTC', 60_000],
  ['wstETH', 2_950],
] as const
const DEBTS = ['USDC', 'USDT'] as const
/** No step of the benchmark brings any of them below one, nor into the part that is prepared: on the chain they do not exist. */
const LEAST_HEALTH = 1.2
const MOST_HEALTH = 3

const word = (value: bigint): string => value.toString(16).padStart(64, '0')
const topic = (address: Address): Hex => `0x${address.slice(2).padStart(64, '0')}`

/**
 * Fills the market of `watch` up to `total` positions with borrowers who are nowhere but in these logs: each supplies,
 * enables its collateral and borrows, as the contracts' own events would tell. They go through `reduce`, as all logs do.
 */
export function addCrowd(watch: MarketWatch, total: number, head: Parameters<MarketWatch['take']>[1]): number {
  const { strategy, replica, market } = watch.source
  const { state } = replica
  if (!(state instanceof AaveState)) throw new Error('the crowd speaks the events of Aave v3')
  const random = new Random(SEED)
  const pool = market.contracts['pool']
  if (pool === undefined) throw new Error('the market names no pool')
  const bySymbol = new Map([...state.byAsset.values()].map((reserve) => [reserve.symbol, reserve]))
  const already = [...strategy.positions(state)].length
  let touched: PositionId[] = []
  const flush = (): void => {
    watch.take({ reset: false, touched: new Set(touched), parameters: false }, head)
    touched = []
  }
  for (let i = 0; i < total - already; i++) {
    const account = addressOf(i) as Address
    for (const log of logsOf(account, pool, bySymbol, random)) strategy.reduce(state, log)
    touched.push(account)
    if (touched.length >= CHUNK) flush()
  }
  flush()
  return [...strategy.positions(state)].length
}

function logsOf(account: Address, pool: Address, reserves: ReadonlyMap<string, Reserve>, random: Random): RawLog[] {
  const [symbol, usdPerToken] = COLLATERALS[random.below(COLLATERALS.length)] ?? COLLATERALS[0]
  const collateral = reserves.get(symbol)
  const debt = reserves.get(DEBTS[random.below(DEBTS.length)] ?? 'USDC')
  if (collateral === undefined || debt === undefined) throw new Error('the market lacks a reserve of the crowd')
  const usd = 5_000 * Math.exp(1.5 * random.normal())
  const health = LEAST_HEALTH + (MOST_HEALTH - LEAST_HEALTH) * random.unit() * random.unit()
  const borrowed = (usd * (Number(collateral.threshold) / 10_000)) / health
  const units = (amount: number, { unit }: Reserve): bigint => (BigInt(Math.floor(amount * 1e6)) * unit) / 1_000_000n
  return [
    mint(collateral.aToken, account, units(usd / usdPerToken, collateral) + 1n, collateral.liquidityIndex),
    logOf(pool, [POOL_TOPIC.ReserveUsedAsCollateralEnabled, topic(collateral.asset), topic(account)], ''),
    mint(debt.debtToken, account, units(borrowed, debt) + 1n, debt.borrowIndex),
  ]
}

/** Mint(caller, onBehalfOf, value, balanceIncrease, index) of a token. */
const mint = (token: Address, account: Address, value: bigint, index: bigint): RawLog =>
  logOf(token, [TOKEN_TOPIC.Mint, topic(account), topic(account)], word(value) + word(0n) + word(index))

const logOf = (address: Address, topics: readonly Hex[], data: string): RawLog => ({
  ...{ address, topics, data: `0x${data}`, blockNumber: 1, blockHash: NOWHERE, timestamp: 1n },
  ...{ transactionHash: NOWHERE, logIndex: 0 },
})

const NOWHERE: Hex = `0x${'00'.repeat(32)}`
