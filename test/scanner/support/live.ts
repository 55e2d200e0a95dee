import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../../bench/scan/random.js'
import type { PositionId } from '../../../src/domain/market.js'
import type { ScanResult } from '../../../src/scanner/scan-result.js'
import { Scanner } from '../../../src/scanner/scanner.js'
import { rowsOf } from '../../../strategies/aave-v3/rows.js'
import { accountOf } from '../../../strategies/aave-v3/solvency.js'
import { weightsOf } from '../../../strategies/aave-v3/weights.js'
import { AaveBook, addressOf } from './aave-book.js'

export interface LiveOptions {
  readonly seed: number
  readonly revision: number
  readonly positions: number
  readonly reserves: number
  readonly events: number
  readonly kernel: 'wasm-simd' | 'js'
}

export interface LiveResult {
  readonly slots: number
  checks: number
  hot: number
  full: number
  epochs: number
  missed: number
  wronglyCertain: number
  /** Hot prefix and full scan on the same rows and weights named different positions. */
  different: number
  audits: number
  candidates: number
}

/** Positions between 0.98 and 1.4, most of them near one, some with many entries. */
function draw(book: AaveBook, random: Random) {
  const entries = random.below(20) === 0 ? 9 + random.below(12) : 2 + random.below(6)
  const above = random.below(3) === 0 ? random.below(400_000) : random.below(60_000)
  return book.position(entries, BigInt(random.below(50) === 0 ? 990_000 : 1_000_500 + above), 0, 90)
}

/**
 * A stream of price moves, interest and changed positions while the worker rebuilds. Rows of positions near one change
 * their length in the very turn in which a rebuild was ordered. After every event the answer is held against a full scan
 * and against exact integers for all positions.
 */
export async function live(options: LiveOptions): Promise<LiveResult> {
  const random = new Random(options.seed)
  const book = new AaveBook(options.revision, options.reserves, random)
  const { state } = book
  const ids = Array.from({ length: options.positions }, (_, i) => addressOf(i))
  for (const id of ids) state.positions.set(id, draw(book, random))
  let audits = 0
  const scanner = new Scanner(
    (error) => {
      throw error
    },
    { hotFrom: 0, kernel: options.kernel, onDifference: () => audits++ },
  )
  const put = (positions: readonly PositionId[]): void => {
    const rows = rowsOf(state, positions)
    scanner.update('m', rows, weightsOf(state, book.view()).slots)
  }
  put(ids)
  const result: LiveResult = {
    slots: 0,
    ...{ checks: 0, hot: 0, full: 0, epochs: 0, missed: 0, wronglyCertain: 0, different: 0, audits: 0, candidates: 0 },
  }
  const change = (): void => {
    const touched = Array.from({ length: 1 + random.below(60) }, () => ids[random.below(ids.length)] ?? addressOf(0))
    for (const id of touched) state.positions.set(id, draw(book, random))
    put(touched)
  }
  const verify = (answer: ScanResult): void => {
    const weights = weightsOf(state, book.view())
    const whole = scanner.market('m').full(weights)
    const view = book.view()
    const named = new Set(answer.candidates)
    if (whole.ids.length !== named.size) result.different++
    answer.candidates.forEach((id, i) => {
      const position = state.positions.get(id)
      if (position && answer.isCertain(i) && !accountOf(state, position, view).liquidatable) result.wronglyCertain++
    })
    for (const [id, position] of state.positions)
      if (accountOf(state, position, view).liquidatable && !named.has(id)) result.missed++
    result.checks++
    result[answer.how]++
    result.candidates += named.size
  }
  for (let event = 0; event < options.events; event++) {
    const moves = random.below(3) === 0 ? 2 + random.below(6) : 1
    const size = random.below(12) === 0 ? 60_000 : 4_000
    const changes = new Map<string, bigint>()
    for (let i = 0; i < moves; i++) {
      const reserve = random.below(book.prices.length)
      const parts = BigInt(1_000_000 + random.below(2 * size) - size)
      const price = ((book.prices[reserve] ?? 1n) * parts) / 1_000_000n
      book.prices[reserve] = price > 0n ? price : 1n
      changes.set(state.reserve(reserve).asset, book.prices[reserve] ?? 1n)
    }
    const asked = random.below(2) === 0 ? scanner.price({ market: 'm', origin: 'pending', changes }) : null
    if (asked) verify(asked)
    const grown = state.reserve(random.below(book.prices.length))
    grown.borrowIndex += grown.borrowIndex / 10_000_000n
    if (random.below(2) === 0) change()
    const answer = scanner.scan('m', weightsOf(state, book.view()))
    verify(answer)
    change() // a check or a rebuild may be due, but not ordered yet
    await new Promise(setImmediate)
    change() // now it may have been ordered
    if (random.below(3) > 0) await sleep(random.below(3))
  }
  await scanner.settled()
  const { epochs } = scanner.market('m')
  const { slots } = weightsOf(state, book.view())
  await scanner.stop()
  return { ...result, slots: slots.length, epochs, audits }
}

if (require.main === module) {
  const options = JSON.parse(process.argv[2] ?? '{}') as LiveOptions
  void live(options).then((result) => process.stdout.write(JSON.stringify(result)))
}
