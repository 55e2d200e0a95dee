import { readFileSync } from 'node:fs'
import { watchParent } from '../parent-watch.js'
import type { RivalBrief, RivalLine } from './brief.js'
import { listen } from './ears.js'
import { Rival } from './rival.js'

/** `node dist/src/devnet/rivals/main.js`: one `RivalBrief` as JSON on stdin; works until SIGTERM or the parent's end. */
const brief = JSON.parse(readFileSync(0, 'utf8')) as RivalBrief
const say = (line: RivalLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
const rival = new Rival(brief, say)
const ears = listen(
  brief,
  (number) => {
    rival.onHead(number)
  },
  (report) => {
    rival.onReport(report)
  },
)
const end = (): void => {
  void ears.stop().finally(() => process.exit(0))
}
process.once('SIGTERM', end)
process.once('SIGINT', end)
watchParent(end)
say({ head: 0, waiting: 0 })
