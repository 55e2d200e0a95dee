import { type Benchmark, UsageError } from './benchmark.js'

/** Loaded on demand, so that one benchmark's imports never weigh on another's figures. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  scan: async () => (await import('./scan/command.js')).scanBenchmark,
  backfill: async () => (await import('./backfill/command.js')).backfillBenchmark,
  pipeline: async () => (await import('./pipeline/command.js')).pipelineBenchmark,
}

async function list(): Promise<string> {
  const lines: string[] = []
  for (const [name, load] of Object.entries(BENCHMARKS)) lines.push(`  ${name.padEnd(10)} ${(await load()).summary}`)
  return `npm run bench [-- <which> …]\n${lines.join('\n')}`
}

async function main(args: readonly string[]): Promise<number> {
  const [first] = args
  const named = first !== undefined && !first.startsWith('-')
  if (first === '--help' || first === 'help') {
    console.log(await list())
    return 0
  }
  const load = BENCHMARKS[named ? first : 'scan']
  if (load === undefined) throw new UsageError(`there is no benchmark ${String(first)}\n${await list()}`)
  return (await load()).run(named ? args.slice(1) : args)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error instanceof UsageError ? `bench: ${error.message}` : error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  },
)
