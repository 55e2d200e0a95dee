import { Random } from '../../../bench/scan/random.js'
import { Scanner } from '../../../src/scanner/scanner.js'
import { rowsOf } from '../../../strategies/aave-v3/rows.js'
import { accountOf } from '../../../strategies/aave-v3/solvency.js'
import { weightsOf } from '../../../strategies/aave-v3/weights.js'
import { AaveBook, addressOf } from './aave-book.js'

export interface AdversaryResult {
  readonly positions: number
  readonly liquidatable: number
  /** Liquidatable by exact integers, and not named: by the full scan, and by the hot prefix. */
  missed: number
  missedHot: number
  wronglyCertain: number
  readonly undecided: number
  readonly how: string
}

/** Positions within a few stored units of a health factor of one, against the exact figures of `revision`. */
export async function adversary(revision: number, positions: number, seed: number): Promise<AdversaryResult> {
  const random = new Random(seed)
  const book = new AaveBook(revision, 40, random)
  const { state } = book
  for (let i = 0; i < positions; i++)
    state.positions.set(addressOf(i), book.position(2 + random.below(7), 1_000_000n, random.below(7) - 3, 128))
  const scanner = new Scanner(
    (error) => {
      throw error
    },
    { hotFrom: 0, hotShare: 1.1 },
  )
  const rows = rowsOf(state, state.positions.keys())
  const weights = weightsOf(state, book.view())
  scanner.update('m', rows, weights.slots)
  const full = scanner.scan('m', weights)
  await scanner.settled()
  const hot = scanner.scan('m', weights)
  const named = new Set(full.candidates)
  const namedHot = new Set(hot.candidates)
  const certain = new Set(full.candidates.filter((_, i) => full.isCertain(i)))
  const view = book.view()
  let [liquidatable, missed, missedHot, wronglyCertain] = [0, 0, 0, 0]
  for (const [id, position] of state.positions) {
    const truth = accountOf(state, position, view).liquidatable
    if (truth) liquidatable++
    if (truth && !named.has(id)) missed++
    if (truth && !namedHot.has(id)) missedHot++
    if (!truth && certain.has(id)) wronglyCertain++
  }
  await scanner.stop()
  const undecided = named.size - certain.size
  return { positions, liquidatable, missed, missedHot, wronglyCertain, undecided, how: hot.how }
}

if (require.main === module) {
  const [revision = 0, positions = 0, seed = 0] = process.argv.slice(2).map(Number)
  void adversary(revision, positions, seed).then((result) => process.stdout.write(JSON.stringify(result)))
}
