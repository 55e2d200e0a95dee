import { recorded } from '../../../support/vectors.js'
import type { ClipTerms } from '../../../../strategies/maker/clip.js'
import type { Calc } from '../../../../strategies/maker/maths.js'

/** Every figure as decimal text. */
interface ClipText {
  readonly buf: string
  readonly tail: string
  readonly cusp: string
  readonly chip: string
  readonly tip: string
  readonly chost: string
  readonly par: string
  readonly stopped: string
  readonly calc: { readonly kind: Calc['kind']; readonly tau?: string; readonly step?: string; readonly cut?: string }
}

export type RecordedBark = ClipText & {
  readonly t: string
  readonly ink: string
  readonly art: string
  readonly rate: string
  readonly spot: string
  readonly dust: string
  readonly chop: string
  readonly Hole: string
  readonly hole: string
  readonly Dirt: string
  readonly dirt: string
  /** The oracle's wad; null when it has none. */
  readonly feed: string | null
} & (
    | { readonly error: string }
    | {
        readonly error: null
        readonly dink: string
        readonly dart: string
        readonly due: string
        readonly tab: string
        readonly top: string
        readonly coin: string
        readonly gained: string
        readonly left: readonly [string, string]
      }
  )

interface ActBase {
  readonly t: string
  readonly t2: string
  readonly feed: string
  readonly stopped: string
  readonly tab: string
  readonly lot: string
  readonly tic: string
  readonly top: string
  readonly needsRedo: boolean
  readonly price: string
}

export type SaleAct = ActBase &
  (
    | { readonly kind: 'redo'; readonly error: string }
    | {
        readonly kind: 'redo'
        readonly error: null
        readonly newTop: string
        readonly coin: string
        readonly gained: string
      }
    | { readonly kind: 'take'; readonly amt: string; readonly max: string; readonly error: string }
    | {
        readonly kind: 'take'
        readonly amt: string
        readonly max: string
        readonly error: null
        readonly takePrice: string
        readonly owe: string
        readonly tabAfter: string
        readonly lotAfter: string
        readonly got: string
        readonly dirtBefore: string
        readonly dirtAfter: string
      }
  )

export interface FlopAct {
  readonly t: string
  readonly lot: string
  readonly tic: string
  readonly end: string
  readonly led: boolean
  readonly kind: 'dent' | 'deal' | 'tick'
  readonly next?: string
  readonly error: string | null
  /** Lot, tic, end. */
  readonly after?: readonly [string, string, string]
}

export interface MakerFile {
  readonly commit: string
  readonly seed: number
  readonly barks: readonly RecordedBark[]
  readonly sales: readonly (ClipText & { readonly acts: readonly SaleAct[] })[]
  readonly flops: readonly {
    readonly beg: string
    readonly pad: string
    readonly ttl: string
    readonly tau: string
    readonly acts: readonly FlopAct[]
  }[]
}

export const readMaker = (): MakerFile => recorded('maker', 'liquidation.json') as MakerFile

function calcOf({ kind, tau, step, cut }: ClipText['calc']): Calc {
  if (kind === 'linear') return { kind, tau: BigInt(tau ?? '') }
  if (kind === 'stairstep') return { kind, step: BigInt(step ?? ''), cut: BigInt(cut ?? '') }
  return { kind, cut: BigInt(cut ?? '') }
}

export const termsOf = (text: ClipText, stopped = text.stopped): ClipTerms => ({
  calc: calcOf(text.calc),
  buf: BigInt(text.buf),
  tail: BigInt(text.tail),
  cusp: BigInt(text.cusp),
  chip: BigInt(text.chip),
  tip: BigInt(text.tip),
  chost: BigInt(text.chost),
  par: BigInt(text.par),
  stopped: BigInt(stopped),
})
