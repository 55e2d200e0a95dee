import { Interface } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import type { Order, Step } from '../../domain/steps.js'
import { encodeOrder } from '../../execution/executor/encode.js'
import type { RivalBrief } from './brief.js'
import type { Prey } from './view.js'

const POOL = new Interface([
  'function liquidationCall(address collateral, address debt, address user, uint256 amount, bool receiveAToken)',
  'function getUserAccountData(address user)',
])
const WAD = 10n ** 18n
const ALL = 2n ** 128n - 1n

export interface OrderTerms {
  readonly deadlineBlock: number
  readonly deadlineTime: bigint
}

/**
 * The order that takes `percent` of the largest debt for the largest collateral: the debt comes out of the pool in which the
 * collateral ends, so no loan is needed. Null when no pool connects them.
 */
export function orderFor(brief: RivalBrief, prey: Prey, percent: number, terms: OrderTerms): Hex | null {
  const { weth, pool, bidBps } = brief
  const [debt] = prey.debt
  const collateral = prey.collateral.find(({ reserve }) => reserve.asset !== debt?.reserve.asset)
  if (!debt || !collateral) return null
  const [seized, owed] = [collateral.reserve.asset, debt.reserve.asset]
  // interest runs until the block: all of it is a little more than now
  const amount = percent === 100 ? debt.amount + debt.amount / 10_000n + 1n : (debt.amount * BigInt(percent)) / 100n
  const steps = amount === 0n ? null : stepsOf(brief, seized, owed, amount, prey.user)
  if (steps === null) return null
  const order: Order = {
    ...{ ...terms, profitToken: weth, minProfit: 10n ** 14n, bidBps, minBidWei: 0n, steps },
    tokens: [...new Set([weth, seized, owed])].sort(),
    check: {
      target: pool,
      data: POOL.encodeFunctionData('getUserAccountData', [prey.user]) as Hex,
      word: 5,
      atLeast: WAD,
    },
  }
  return encodeOrder(order)
}

function stepsOf(brief: RivalBrief, seized: Address, owed: Address, amount: bigint, user: Address): Step[] | null {
  const { weth } = brief
  const liquidation: Step = {
    ...{ kind: 'call', target: brief.pool, mustReturn: null, approve: { token: owed, amount } },
    data: POOL.encodeFunctionData('liquidationCall', [seized, owed, user, amount, false]) as Hex,
  }
  const home = seized === weth ? null : poolOf(brief, seized, weth)
  if (seized !== weth && home === null) return null
  const sale: Step[] =
    home === null ? [] : [{ kind: 'swap', pool: home, tokenIn: seized, tokenOut: weth, amountIn: 'all', minOut: 1n }]
  // the pool that lends the debt is the one in which it is repaid
  const [tokenIn, lender] = owed === weth ? [seized, home] : [weth, poolOf(brief, weth, owed)]
  if (lender === null) return null
  const flash = (body: readonly Step[]): Step => ({
    ...{ kind: 'flashSwap', pool: lender, tokenIn, tokenOut: owed, mode: 'exactOut', amount, limit: ALL, body },
  })
  return owed === weth ? [flash([liquidation]), ...sale] : [flash([liquidation, ...sale])]
}

const poolOf = ({ pools }: RivalBrief, a: Address, b: Address): Address | null =>
  pools.find(({ tokens }) => tokens.includes(a) && tokens.includes(b))?.address ?? null
