import type { Address } from '../../domain/chain.js'
import type { LedgerReport, RefusalRow } from '../../ledger/ledger.js'
import { amountText, table, usdText } from '../screen.js'
import { ether } from './story.js'

/** The last line of `demo --json`. Integers of money as decimal strings. */
export interface DemoResult {
  readonly scenario: string
  readonly market: string
  readonly positions: number
  readonly liquidatable: number
  readonly landed: number
  readonly refused: readonly { readonly position: string; readonly reason: string }[]
  readonly profitableLeft: number
  readonly badDebtBase: string
  readonly profitWei: string
  readonly ownerDeltaWei: string
  readonly wouldHaveEarnedWei: string
  readonly builderPaidWei: string
  readonly publicTransactions: number
  readonly seconds: number
}

/** The newest reason the ledger has for each position that was liquidatable and did not land. */
export function refusedOf(
  liquidatable: ReadonlySet<Address>,
  landed: ReadonlySet<Address>,
  rows: readonly RefusalRow[],
): { position: string; reason: string }[] {
  return [...liquidatable]
    .filter((position) => !landed.has(position))
    .map((position) => {
      const own = rows.filter((row) => row.position === position).sort((a, b) => b.lastBlock - a.lastBlock)
      // no reason is a fault of the keeper's: it shows itself here instead of being made up
      return { position, reason: own[0]?.code ?? 'unrecorded' }
    })
}

/** Everything that keeps the demo from being a success, one sentence each. */
export function faultsOf(result: DemoResult, dryRun: boolean, metricsFaults: readonly string[]): string[] {
  const faults = [...metricsFaults]
  const expect = (holds: boolean, text: string): void => void (holds || faults.push(text))
  expect(result.publicTransactions === 0, `${result.publicTransactions} transactions went to the public mempool`)
  expect(
    result.profitWei === result.ownerDeltaWei,
    `the ledger says ${result.profitWei} wei, the chain ${result.ownerDeltaWei}`,
  )
  const silent = result.refused.filter(({ reason }) => reason === 'unrecorded')
  expect(silent.length === 0, `${silent.length} liquidatable positions were left without a recorded reason`)
  if (dryRun) {
    expect(result.landed === 0, `${result.landed} positions were liquidated in a dry run`)
    expect(BigInt(result.wouldHaveEarnedWei) > 0n, 'the dry run found nothing to earn')
  } else expect(result.profitableLeft === 0, `the judge finds ${result.profitableLeft} profitable positions left`)
  return faults
}

/** Landed transactions and refusals as a person reads them. */
export function resultTable(report: LedgerReport, result: DemoResult): string {
  const landed = report.bookings.map((row) => [
    row.blockNumber,
    row.legs.length,
    ether(row.bidWei),
    ether(row.gasWei),
    ether(row.expectedNetWei),
  ])
  const refused = result.refused.map(({ position, reason }) => [position, reason])
  const wouldHave = BigInt(result.wouldHaveEarnedWei)
  const totals = [
    ...(wouldHave > 0n ? [`would earn   ${ether(wouldHave)}`] : []),
    `profit       ${ether(result.profitWei)}`,
    `to builders  ${ether(result.builderPaidWei)}`,
    `bad debt     ${usdText(BigInt(result.badDebtBase))}`,
    `took         ${amountText(BigInt(Math.round(result.seconds * 10)), 1, 1)} s`,
  ]
  const landedTable = table(['block', 'liquidated', 'bid', 'gas', 'expected profit'], landed)
  return [
    ...(landed.length > 0 ? [...landedTable, ''] : []),
    ...table(['refused', 'reason'], refused),
    '',
    ...totals,
  ].join('\n')
}
