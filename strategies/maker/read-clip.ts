import type { Batch } from '../../src/domain/batch.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import { RAY } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import type { ClipTerms } from './clip.js'
import { contractOf } from './contracts.js'
import { type Calc, priceAfter } from './maths.js'
import { CALC, CLIP, SPOT } from './signatures.js'
import type { RunningSale } from './state.js'

/** What the Clipper, its price curve and the Spotter say, beside what the Dog does. */
export interface ClipReading extends ClipTerms {
  readonly mat: bigint
  readonly curve: Address
  readonly curveKnown: boolean
}

/** Start and age of the prices by which a curve is compared with its contract. */
const PROBE_TOP = 1_234n * RAY
const PROBE_SECONDS = [0n, 977n, 4_321n]

/** Three rounds: the Clipper's own, its curve's, and the curve's answers. Throws `KeeperError('read-failed')`. */
export async function readClip(batch: Batch, market: Market, ilk: Hex): Promise<ClipReading> {
  const clip = contractOf(market, 'clip')
  const answers = await batch.all([
    ...[CLIP.calc(clip), CLIP.spotter(clip)],
    ...[CLIP.buf(clip), CLIP.tail(clip), CLIP.cusp(clip), CLIP.chip(clip), CLIP.tip(clip), CLIP.chost(clip)],
    CLIP.stopped(clip),
  ])
  const [curve, spotter] = [addressAt(answers[0] ?? '0x', 0), addressAt(answers[1] ?? '0x', 0)]
  const [buf = 0n, tail = 0n, cusp = 0n, chip = 0n, tip = 0n, chost = 0n, stopped = 0n] = answers
    .slice(2)
    .map((data) => wordAt(data, 0))
  const [par = '0x', spotted = '0x'] = await batch.all([SPOT.par(spotter), SPOT.ilks(spotter, ilk)])
  const calc = await readCalc(batch, curve)
  return {
    ...{ buf, tail, cusp, chip, tip, chost, stopped, par: wordAt(par, 0), mat: wordAt(spotted, 1), curve },
    calc: calc ?? { kind: 'linear', tau: 1n },
    curveKnown: calc !== null && (await isCurve(batch, curve, calc)),
  }
}

/** By the parameters that the curve's contract has: `tau` is linear, `step` and `cut` stairs, `cut` alone exponential. */
async function readCalc(batch: Batch, curve: Address): Promise<Calc | null> {
  const answers = await batch.try([CALC.tau(curve), CALC.step(curve), CALC.cut(curve)])
  const [tau, step, cut] = answers.map((data) => (data && data !== '0x' ? wordAt(data, 0) : null))
  if (tau) return { kind: 'linear', tau }
  if (step && cut !== null && cut !== undefined) return { kind: 'stairstep', step, cut }
  return cut !== null && cut !== undefined && step === null ? { kind: 'exponential', cut } : null
}

async function isCurve(batch: Batch, curve: Address, calc: Calc): Promise<boolean> {
  const answers = await batch.try(PROBE_SECONDS.map((seconds) => CALC.price(curve, PROBE_TOP, seconds)))
  return PROBE_SECONDS.every((seconds, i) => {
    const data = answers[i]
    return !!data && data !== '0x' && wordAt(data, 0) === priceAfter(calc, PROBE_TOP, seconds)
  })
}

/** Words of `sales(id)`: pos, tab, lot, usr, tic, top; newer Clippers put `tot` behind `lot`. */
const WORDS = 6

/** The running auctions, two rounds. Throws `KeeperError('read-failed')`. */
export async function readSales(batch: Batch, market: Market): Promise<Map<bigint, RunningSale>> {
  const clip = contractOf(market, 'clip')
  const [list = '0x'] = await batch.all([CLIP.list(clip)])
  // as many as the answer has, whatever length it claims
  const ids = Array.from({ length: Math.max(0, (list.length - 2) / 64 - 2) }, (_, i) => wordAt(list, 2 + i))
  const answers = await batch.all(ids.map((id) => CLIP.sales(clip, id)))
  return new Map(ids.map((id, i) => [id, saleOf(answers[i] ?? '0x')]))
}

function saleOf(data: Hex): RunningSale {
  const shift = (data.length - 2) / 64 > WORDS ? 1 : 0
  const at = (index: number): bigint => wordAt(data, index + shift)
  return { tab: wordAt(data, 1), lot: wordAt(data, 2), usr: addressAt(data, 3 + shift), tic: at(4), top: at(5) }
}
