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
import type { MakerState } from '../../../../strategies/maker/state.js'
import { maker } from '../../../../strategies/maker/strategy.js'
import { GWEI, SETTINGS } from '../../../profit/support/keeper-bed.js'
import type { ClipBed } from './clip-bed.js'

/** What the keeper would do at the head, for a block `after` seconds later. */
export interface ClipOutlook {
  readonly state: MakerState
  readonly at: PriceView
  choices(position: PositionId): readonly PlanChoice[]
  combine(positions: readonly PositionId[]): Combined
  /** The next block will have the time that this was computed for, or so much later. */
  holdTime(later?: number): Promise<void>
}

export const snapshotOf = async ({ reader, ilkMarket }: ClipBed, head: BlockRef): Promise<MakerState> =>
  maker.snapshot(reader, ilkMarket, head, () => undefined)

async function pricesOf(bed: ClipBed, state: MakerState, head: BlockRef, timestamp: bigint): Promise<PriceView> {
  const feeds = maker.feeds(state)
  const answers = await bed.reader.calls(
    feeds.map(({ read }) => read),
    head.number,
  )
  const points = feeds.map(({ id }, i): [string, PricePoint] => {
    const answer = answers[i]
    return [id, { value: answer?.ok ? BigInt(answer.data) : 0n, source: 'opaque' }]
  })
  return viewOf(bed.ilkMarket.id, new Map(points), head.number + 1, timestamp)
}

export async function lookAt(bed: ClipBed, after = 12n): Promise<ClipOutlook> {
  const head = await bed.head()
  const state = await snapshotOf(bed, head)
  const at = await pricesOf(bed, state, head, head.timestamp + after)
  const choices = (position: PositionId): readonly PlanChoice[] => maker.plans(state, position, at, at.timestamp + 300n)
  const plans = [...maker.positions(state)].flatMap(choices).flatMap((choice) => ('at' in choice ? [choice] : []))
  const book = await new PoolLoader(venuesOf(bed.chain), bed.chain).load(bed.reader, plans, head.number)
  const desk = deskOf(maker, state, at, bed.chain.wrappedNative, bed.executor.address)
  const context: ProfitContext = {
    chain: bed.chain,
    deadlineBlock: head.number + 25,
    deadlineTime: at.timestamp + 3_600n,
    gasPriceWei: 20n * GWEI,
    bidFloorPerGasWei: GWEI / 10n,
    settings: SETTINGS,
    gas: DEFAULT_GAS,
    data: NO_DATA_FEE,
    desk: () => desk,
  }
  return {
    state,
    at,
    choices,
    combine: (positions) =>
      combine(
        positions.map((position) => quotePosition(bed.ilkMarket.id, position, choices(position), context, book)),
        context,
        book,
      ),
    holdTime: (later = 0) =>
      bed.anvil.rpc('evm_setNextBlockTimestamp', [Number(at.timestamp) + later]).then(() => undefined),
  }
}
