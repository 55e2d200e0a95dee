/** `node dist/test/judge/main.js` reads one `Case` as JSON from stdin (without `code`) and prints one `Verdict` as JSON. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge, type Case } from './judge.js'

const artifacts = join(__dirname, '..', '..', 'contracts.json')
const { contracts } = JSON.parse(readFileSync(artifacts, 'utf8')) as {
  contracts: Record<string, { deployedBytecode: string } | undefined>
}
const code = contracts.JudgeLiquidator?.deployedBytecode
if (code === undefined) throw new Error(`judge: no JudgeLiquidator in ${artifacts}; run the build`)

judge({ ...(JSON.parse(readFileSync(0, 'utf8')) as Omit<Case, 'code'>), code }).then(
  (verdict) => {
    process.stdout.write(`${JSON.stringify(verdict)}\n`)
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  },
)
