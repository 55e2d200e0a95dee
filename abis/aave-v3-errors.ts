/** Errors that a liquidation, its flash loan or its exit can raise in Aave v3 pools of revision 7 and above. */
export const AAVE_V3_ERRORS = [
  'error InvalidFlashloanExecutorReturn()',
  'error InvalidAmount()',
  'error InvalidBurnAmount()',
  'error ReserveInactive()',
  'error ReservePaused()',
  'error NotEnoughAvailableUserBalance()',
  'error NoDebtOfSelectedType()',
  'error UnderlyingBalanceZero()',
  'error HealthFactorNotBelowThreshold()',
  'error CollateralCannotBeLiquidated()',
  'error SpecifiedCurrencyNotBorrowedByUser()',
  'error PriceOracleSentinelCheckFailed()',
  'error LiquidationGraceSentinelCheckFailed()',
  'error FlashloanDisabled()',
  'error MustNotLeaveDust()',
  'error SelfLiquidation()',
  'error AssetNotListed()',
] as const

/** The same as the text codes with which older pools revert (`Errors.sol` of aave/core-v3 and its successors). */
export const AAVE_V3_ERROR_CODES: Readonly<Record<string, string>> = {
  '13': 'InvalidFlashloanExecutorReturn',
  '26': 'InvalidAmount',
  '27': 'ReserveInactive',
  '29': 'ReservePaused',
  '45': 'HealthFactorNotBelowThreshold',
  '46': 'CollateralCannotBeLiquidated',
  '47': 'SpecifiedCurrencyNotBorrowedByUser',
  '59': 'PriceOracleSentinelCheckFailed',
  '91': 'FlashloanDisabled',
  '97': 'LiquidationGraceSentinelCheckFailed',
  '103': 'MustNotLeaveDust',
}
