import { Interface } from 'ethers'
import {
  CLIP_TAKER,
  MAKER_CALC,
  MAKER_CLIP,
  MAKER_DOG,
  MAKER_DOG_FILES,
  MAKER_FLOP,
  MAKER_GOV,
  MAKER_JOIN,
  MAKER_SPOT,
  MAKER_VAT,
  MAKER_VAT_NOTES,
  MAKER_VOW,
} from '../../abis/maker.js'
import { ERC20 } from '../../abis/erc20.js'
import { callsOf, topicsOf } from '../../src/domain/abi-calls.js'
import type { Hex } from '../../src/domain/chain.js'

export const VAT = callsOf(MAKER_VAT)
export const DOG = callsOf(MAKER_DOG)
export const CLIP = callsOf(MAKER_CLIP)
export const CALC = callsOf(MAKER_CALC)
export const SPOT = callsOf(MAKER_SPOT)
export const TAKER = callsOf(CLIP_TAKER)
export const VOW = callsOf(MAKER_VOW)
export const FLOP = callsOf(MAKER_FLOP)
export const GOV = callsOf(MAKER_GOV)
export const JOIN = callsOf(MAKER_JOIN)
export const TOKEN = callsOf(ERC20)

export const DOG_TOPIC = topicsOf(MAKER_DOG)
export const CLIP_TOPIC = topicsOf(MAKER_CLIP)
export const FLOP_TOPIC = topicsOf(MAKER_FLOP)
export const GOV_TOPIC = topicsOf(MAKER_GOV)

/** `File` in all the forms in which Dog and Clip tell it. */
export const FILE_TOPICS: readonly Hex[] = MAKER_DOG_FILES.map(
  (fragment) => new Interface([fragment]).getEvent('File')?.topicHash as Hex,
)

/** Topic 0 of a note: the selector and 28 bytes of nothing. */
const noteOf = (abi: Interface, name: string): Hex => `${abi.getFunction(name)?.selector ?? ''}${'0'.repeat(56)}` as Hex

const VAT_CALLS = new Interface(MAKER_VAT_NOTES)

/** The Vat's notes from which the replica lives. */
export const NOTE_TOPIC = {
  frob: noteOf(VAT_CALLS, 'frob'),
  fork: noteOf(VAT_CALLS, 'fork'),
  grab: noteOf(VAT_CALLS, 'grab'),
  fold: noteOf(VAT_CALLS, 'fold'),
  file: noteOf(VAT_CALLS, 'file'),
} as const

/** The Vat's notes that move coins or collateral between accounts. */
export const MOVE_TOPIC = {
  move: noteOf(VAT_CALLS, 'move'),
  suck: noteOf(VAT_CALLS, 'suck'),
  slip: noteOf(VAT_CALLS, 'slip'),
  flux: noteOf(VAT_CALLS, 'flux'),
} as const

/** The Vow's note of debt that a bark has queued. */
export const VOW_NOTE = { fess: noteOf(new Interface(MAKER_VOW), 'fess') } as const

/** The Flopper's notes behind which a bid of somebody's stands or ends. */
export const FLOP_NOTE = {
  dent: noteOf(new Interface(MAKER_FLOP), 'dent'),
  deal: noteOf(new Interface(MAKER_FLOP), 'deal'),
  yank: noteOf(new Interface(MAKER_FLOP), 'yank'),
} as const

/** Argument `index` of the call that a note repeats, behind offset, length and selector; zero where the note ends before. */
export const noteArgumentAt = (data: Hex, index: number): bigint =>
  BigInt(`0x${data.slice(2 + 2 * (64 + 4 + 32 * index), 2 + 2 * (64 + 4 + 32 * index) + 64) || '0'}`)
