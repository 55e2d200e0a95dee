import type { Benchmark } from '../benchmark.js'
import { machineLine, writeResults } from '../results.js'
import { DigestMismatch } from './digest-check.js'
import type { ScanFigures } from './figures.js'
import { readScanOptions } from './options.js'
import { ADVERSARY_SIZE, type Prepared, missedOfAdversary, prepare, runSize } from './run-size.js'

/** The scanner against its baseline and against the limit of the machine. */
export const scanBenchmark: Benchmark = {
  summary: 'the scan of all positions and one price update, against BigInt objects and against memory speed',
  async run(args) {
    const options = readScanOptions(args)
    const all: ScanFigures[] = []
    try {
      const missed = await missedOfAdversary()
      console.log(machineLine())
      console.log(`${ADVERSARY_SIZE} positions within a few wei of a health factor of one: ${missed} missed\n`)
      const prepared = new Map<number, Prepared>()
      for (const size of options.sizes) {
        const known = prepared.get(size) ?? prepare(size, options)
        prepared.clear() // one at a time: a million positions take their room
        prepared.set(size, known)
        const { figures, text } = await runSize(known, options, missed)
        all.push(figures)
        console.log(`${text}\n`)
      }
    } catch (error) {
      if (!(error instanceof DigestMismatch)) throw error
      console.error(`bench: ${error.message}`)
      return 1
    }
    const path = writeResults(`scan-${options.mix}`, { mix: options.mix, seed: options.seed, sizes: all })
    process.stderr.write(`bench: figures are in ${path}\n`)
    if (options.json) for (const figures of all) console.log(JSON.stringify(figures))
    return all.every(({ missed }) => missed === 0) ? 0 : 1
  },
}
