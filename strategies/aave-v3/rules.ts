import { KeeperError } from '../../src/domain/errors.js'
import {
  mulDivCeil,
  mulDivFloor,
  percentDivCeil,
  percentDivFloor,
  percentDivHalfUp,
  percentMulCeil,
  percentMulFloor,
  percentMulHalfUp,
  rayDivCeil,
  rayDivFloor,
  rayDivHalfUp,
  rayMulCeil,
  rayMulFloor,
  rayMulHalfUp,
} from '../../src/domain/maths.js'

type Binary = (a: bigint, b: bigint) => bigint

/**
 * What differs between the revisions of the Pool, as far as a liquidator can notice. Each field names the contract function
 * it stands for; `LL` is LiquidationLogic, `GL` GenericLogic, `VL` ValidationLogic.
 */
export interface RuleSet {
  /** Version of the protocol, for people. */
  readonly version: string
  /** `category`: one eMode per reserve, in its configuration bits · `bitmap`: a reserve may be in many eModes (≥ 3.2). */
  readonly eMode: 'category' | 'bitmap'
  /** MathUtils.calculateCompoundedInterest: three binomial terms (≤ 3.3) or the Taylor form (≥ 3.4). */
  readonly interest: 'binomial' | 'taylor'
  /** Balance of an aToken from (scaled, index). */
  readonly collateralBalance: Binary
  /** Balance of a variable debt token from (scaled, index). */
  readonly debtBalance: Binary
  /** GL._getUserDebtInBaseCurrency: (balance, price, unit). */
  readonly debtBase: (balance: bigint, price: bigint, unit: bigint) => bigint
  /** Scaled amount that leaves the borrower's aTokens for (amount, index), on burn and on transfer of the fee. */
  readonly collateralScaled: Binary
  /** Scaled amount of debt that a repayment of (amount, index) burns. */
  readonly debtScaled: Binary
  /** GL.calculateUserAccountData: HF through a threshold averaged and floored to whole basis points (≤ 3.4). */
  readonly averagedThreshold: boolean
  /** GL and VL: a reserve whose own threshold is zero is no collateral, whatever its eMode says (≤ 3.5). */
  readonly ownThresholdRequired: boolean
  /** LL: half of the reserve's debt above HF 0.95 (≤ 3.2), or half of the whole debt unless the position is small (≥ 3.3). */
  readonly closeFactor: 'reserve' | 'position'
  /** LL: neither leftover may be worth less than $1,000 unless it is zero (≥ 3.3). */
  readonly dustRule: boolean
  /** LL: when all collateral goes, the rest of the debt becomes the reserve's deficit; how "all" is decided. */
  readonly deficit: 'none' | 'by-base' | 'by-scaled'
  /** VL: liquidationGracePeriodUntil of both reserves (≥ 3.1). */
  readonly gracePeriod: boolean
  /** VL: the sentinel is asked unless HF < 0.95 (≤ 3.6). */
  readonly sentinel: boolean
  /** LL._calculateAvailableCollateralToLiquidate: collateral for a debt, with bonus. */
  readonly withBonus: Binary
  /** Same: debt needed for all of the collateral. */
  readonly debtNeeded: Binary
  /** Same: collateral without its bonus, as base of the fee. */
  readonly withoutBonus: Binary
  /** Same: the protocol's share of the bonus. */
  readonly protocolFee: Binary
  /** Mint and Burn carry `amount` (≤ 3.4) or the difference of rounded balances (≥ 3.5). */
  readonly tokenEvents: 'amount' | 'balance'
  /** What bounds withdrawals: the aToken's holding of the underlying (≤ 3.0) or the pool's own book (≥ 3.1). */
  readonly liquidity: 'holding' | 'virtual'
  /** LL: a liquidation that pays in aTokens accrues the collateral reserve without an event (≥ 3.5). */
  readonly accruesSilently: boolean
}

const v30: RuleSet = {
  version: '3.0',
  eMode: 'category',
  interest: 'binomial',
  collateralBalance: rayMulHalfUp,
  debtBalance: rayMulHalfUp,
  debtBase: mulDivFloor,
  collateralScaled: rayDivHalfUp,
  debtScaled: rayDivHalfUp,
  averagedThreshold: true,
  ownThresholdRequired: true,
  closeFactor: 'reserve',
  dustRule: false,
  deficit: 'none',
  gracePeriod: false,
  sentinel: true,
  withBonus: percentMulHalfUp,
  debtNeeded: percentDivHalfUp,
  withoutBonus: percentDivHalfUp,
  protocolFee: percentMulHalfUp,
  tokenEvents: 'amount',
  liquidity: 'holding',
  accruesSilently: false,
}
const v31: RuleSet = { ...v30, version: '3.1', gracePeriod: true, liquidity: 'virtual' }
const v32: RuleSet = { ...v31, version: '3.2', eMode: 'bitmap' }
const v33: RuleSet = { ...v32, version: '3.3', closeFactor: 'position', dustRule: true, deficit: 'by-base' }
const v34: RuleSet = { ...v33, version: '3.4', interest: 'taylor' }
const v35: RuleSet = {
  ...v34,
  version: '3.5',
  collateralBalance: rayMulFloor,
  debtBalance: rayMulCeil,
  debtBase: mulDivCeil,
  collateralScaled: rayDivCeil,
  debtScaled: rayDivFloor,
  averagedThreshold: false,
  debtNeeded: percentDivCeil,
  tokenEvents: 'balance',
  accruesSilently: true,
}
const v36: RuleSet = { ...v35, version: '3.6', ownThresholdRequired: false }
const v37: RuleSet = {
  ...v36,
  version: '3.7',
  sentinel: false,
  deficit: 'by-scaled',
  withBonus: percentMulFloor,
  withoutBonus: percentDivFloor,
  protocolFee: percentMulCeil,
}

/** The rule set of each `POOL_REVISION` that has been read and compared with its contracts. */
export const RULES: ReadonlyMap<number, RuleSet> = new Map([
  [1, v30],
  [2, v30],
  [3, v30],
  [4, v31],
  [5, v32],
  [6, v32],
  [7, v33],
  [8, v34],
  [9, v35],
  [10, v36],
  [11, v37],
])

/** Throws `KeeperError('unknown-revision')` for a revision nobody has read yet. */
export function rulesFor(revision: number): RuleSet {
  const rules = RULES.get(revision)
  if (rules === undefined) {
    throw new KeeperError(
      'unknown-revision',
      `Aave v3 pool revision ${revision} is unknown: use a keeper that knows it`,
      {
        revision,
      },
    )
  }
  return rules
}
