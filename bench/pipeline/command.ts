import type { Benchmark } from '../benchmark.js'
import { median, quantile, rounded } from '../percentile.js'
import { machineLine, writeResults } from '../results.js'
import { table } from '../table.js'
import { readPipelineOptions } from './options.js'
import { measure, type Measured } from './run.js'
import { NO_REASON } from './trigger-run.js'

/** From hearing of a price to the last relay's reading of the bundle, against the floor and the ordinary way. */
export const pipelineBenchmark: Benchmark = {
  summary: 'from hearing of a price to the last relay having read the bundle, against the floor and the ordinary way',
  async run(args) {
    const options = readPipelineOptions(args)
    const measured = await measure(options)
    const figures = figuresOf(measured)
    console.log(machineLine())
    console.log(textOf(measured, figures))
    process.stderr.write(`bench: figures are in ${writeResults('pipeline', figures)}\n`)
    const problem = problemOf(measured)
    if (problem !== null) console.error(`bench: ${problem}`)
    else if (options.json) console.log(JSON.stringify(figures))
    return problem === null ? 0 : 1
  },
}

type Stage = Readonly<Record<'p50Ms' | 'p99Ms', number>>

export interface PipelineFigures {
  readonly positions: number
  readonly realPositions: number
  readonly triggers: number
  /** Triggers whose bundle every relay has read: those that the times are of. */
  readonly bundles: number
  readonly landed: number
  readonly refused: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
  /** Median of the floor. */
  readonly floorMs: number
  readonly floorP99Ms: number
  readonly ordinaryMs: number
  /** The part of it that is not waiting for the next look. */
  readonly ordinaryWorkMs: number
  readonly timesFloorP50: number
  readonly timesFloorP99: number
  readonly timesOrdinary: number
  readonly stages: Readonly<Record<string, Stage>>
}

function figuresOf({ oursMs, floorMs, ordinaryMs, stages, ...counts }: Measured): PipelineFigures {
  const { positions, realPositions, triggers, landed, refused } = counts
  const [whole, work] = [ordinaryMs.map((ms) => ms.whole), ordinaryMs.map((ms) => ms.work)]
  const [p50, p99, floor] = [median(oursMs), quantile(oursMs, 0.99), median(floorMs)]
  return {
    ...{ positions, realPositions, triggers, bundles: oursMs.length, landed, refused },
    p50Ms: rounded(p50),
    p99Ms: rounded(p99),
    floorMs: rounded(floor),
    floorP99Ms: rounded(quantile(floorMs, 0.99)),
    ordinaryMs: rounded(median(whole)),
    ordinaryWorkMs: rounded(median(work)),
    timesFloorP50: rounded(p50 / floor),
    timesFloorP99: rounded(p99 / floor),
    timesOrdinary: rounded(median(whole) / p50),
    stages: Object.fromEntries(
      [...stages].map(([stage, ms]) => [stage, { p50Ms: rounded(median(ms)), p99Ms: rounded(quantile(ms, 0.99)) }]),
    ),
  }
}

function textOf({ floorMs, oursMs, ordinaryMs, triggers }: Measured, figures: PipelineFigures): string {
  const row = (name: string, ms: readonly number[]): string[] => [
    ...[name, String(ms.length)],
    ...[0.5, 0.9, 0.99, 1].map((q) => String(rounded(quantile(ms, q)))),
  ]
  const times = table([
    ['milliseconds', 'n', 'p50', 'p90', 'p99', 'max'],
    row('floor', floorMs),
    row('ours', oursMs),
    row(
      'ordinary way',
      ordinaryMs.map(({ whole }) => whole),
    ),
    row(
      '  after its look',
      ordinaryMs.map(({ work }) => work),
    ),
  ])
  const stages = table([
    ['stage, milliseconds', 'p50', 'p99'],
    ...Object.entries(figures.stages).map(([name, { p50Ms, p99Ms }]) => [name, String(p50Ms), String(p99Ms)]),
  ])
  const { positions, realPositions, landed, refused, timesFloorP50, timesFloorP99, timesOrdinary } = figures
  return [
    `${positions} positions, ${realPositions} of them on the chain; ${triggers} triggers: ${landed} landed, others ${JSON.stringify(refused)}`,
    times,
    stages,
    `${timesFloorP50} times the floor at p50, ${timesFloorP99} times at p99; ${timesOrdinary} times faster than the ordinary way`,
  ].join('\n\n')
}

/** Why the figures are worth nothing, or null. */
function problemOf({ malformed, oursMs, triggers, refused }: Measured): string | null {
  // a GET that only opens a connection is no request
  const reasons = Object.entries(malformed).filter(([reason]) => reason !== 'rejected:not-post')
  if (reasons.length > 0) return `relays refused requests: ${JSON.stringify(Object.fromEntries(reasons))}`
  if (refused[NO_REASON] !== undefined) return `${refused[NO_REASON]} triggers landed nothing, and nobody said why`
  return oursMs.length * 10 < triggers * 9 ? `only ${oursMs.length} of ${triggers} triggers led to a bundle` : null
}
