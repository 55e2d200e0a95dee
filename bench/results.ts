import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** The machine without its name: what a reader needs to judge a timing. */
export const machineLine = (): string => {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${memory} GiB`
}

/** Writes one benchmark's figures to `bench/results/<name>.json` (not in git) and returns the path. */
export function writeResults(name: string, content: unknown): string {
  const folder = join(__dirname, '..', '..', 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  writeFileSync(path, `${JSON.stringify({ machine: machineLine(), ...(content as object) }, null, 2)}\n`)
  return path
}
