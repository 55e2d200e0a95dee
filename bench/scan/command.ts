import type { Benchmark } from '../benchmark.js'
import { Progress } from '../progress.js'
import { dataDigest, listDigest } from './digest.js'
import { exactSlots, exactlyBelowOne } from './exact.js'
import { makeMarket } from './market.js'
import { readScanOptions } from './options.js'
import { makePopulation } from './population.js'

/** The scanner against its baseline and against the limit of the machine. */
export const scanBenchmark: Benchmark = {
  summary: 'the scan of all positions and one price update, against BigInt objects and against memory speed',
  async run(args) {
    const options = readScanOptions(args)
    for (const size of options.sizes) {
      const market = makeMarket()
      const people = makePopulation(market, size, options.mix, options.seed, new Progress('positions', size).at)
      const below = exactlyBelowOne(people, exactSlots(market), new Progress('exact list', size).at)
      console.log(
        `${size} ${options.mix} data ${dataDigest(market, people)} below ${below.length} ${listDigest(below)} entries ${people.slots.length / size}`,
      )
    }
    return Promise.resolve(0)
  },
}
