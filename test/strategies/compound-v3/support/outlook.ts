import { compoundV3 } from '../../../../strategies/compound-v3/strategy.js'
import type { CometState } from '../../../../strategies/compound-v3/state.js'
import type { BlockRef } from '../../../../src/domain/chain.js'
import type { PositionId } from '../../../../src/domain/market.js'
import type { PricePoint, PriceView } from '../../../../src/domain/prices.js'
import type { PlanChoice } from '../../../../src/domain/plan.js'
import { viewOf } from '../../../../src/oracle/price-view.js'
import { combine, quotePosition, type Combined } from '../../../../src/profit/combine.js'
import type { ProfitContext } from '../../../../src/profit/context.js'
import { NO_DATA_FEE } from '../../../../src/profit/data-fee/data-fee.js'
import { deskOf } from '../../../../src/profit/desk.js'
import { DEFAULT_GAS } from '../../../../src/profit/gas-model.js'
import { PoolLoader } from '../../../../src/profit/pool-loader.js'
import { venuesOf } from '../../../../src/profit/venues.js'
import { GWEI, SETTINGS } from '../../../profit/support/keeper-bed.js'
import type { CometBed } from './comet-bed.js'

/** What the keeper would do at the head, for the block after it. */
export interface CometOutlook {
  readonly state: CometState
  readonly at: PriceView
  readonly context: ProfitContext
  choices(position: PositionId): readonly PlanChoice[]
  combine(positions: readonly PositionId[]): Combined
  /** The next block will have exactly the time that this was computed for. */
  holdTime(): Promise<void>
}

export const snapshotOf = async ({ reader, comets }: CometBed, head: BlockRef): Promise<CometState> =>
  compoundV3.snapshot(reader, comets, head, () => undefined)

/** The feeds' answers at `head`, seen from a block at `timestamp`. */
export async function pricesOf(
  bed: CometBed,
  state: CometState,
  head: BlockRef,
  timestamp: bigint,
): Promise<PriceView> {
  const feeds = compoundV3.feeds(state)
  const answers = await bed.reader.calls(
    feeds.map(({ read }) => read),
    head.number,
  )
  const points = feeds.map(({ id }, i): [string, PricePoint] => {
    const answer = answers[i]
    return [id, { value: answer?.ok ? BigInt(answer.data) : 0n, source: 'opaque' }]
  })
  return viewOf(bed.comets.id, new Map(points), head.number + 1, timestamp)
}

export async function lookAt(bed: CometBed, submission = bed.chain.submission): Promise<CometOutlook> {
  const head = await bed.headBlock()
  const state = await snapshotOf(bed, head)
  const at = await pricesOf(bed, state, head, head.timestamp + 12n)
  const deadline = at.timestamp + 300n
  const choices = (position: PositionId): readonly PlanChoice[] => compoundV3.plans(state, position, at, deadline)
  const plans = [...compoundV3.positions(state)].flatMap(choices).flatMap((choice) => ('at' in choice ? [choice] : []))
  const book = await new PoolLoader(venuesOf(bed.chain), bed.chain).load(bed.reader, plans, head.number)
  const desk = deskOf(compoundV3, state, at, bed.chain.wrappedNative, bed.executor.address)
  const context: ProfitContext = {
    chain: { ...bed.chain, submission },
    deadlineBlock: head.number + 25,
    deadlineTime: head.timestamp + 3_600n,
    gasPriceWei: 20n * GWEI,
    bidFloorPerGasWei: GWEI / 10n,
    settings: SETTINGS,
    gas: DEFAULT_GAS,
    data: NO_DATA_FEE,
    desk: () => desk,
  }
  return {
    ...{ state, at, context },
    choices,
    combine: (positions) =>
      combine(
        positions.map((position) => quotePosition(bed.comets.id, position, choices(position), context, book)),
        context,
        book,
      ),
    holdTime: () => bed.anvil.rpc('evm_setNextBlockTimestamp', [Number(at.timestamp)]).then(() => undefined),
  }
}
