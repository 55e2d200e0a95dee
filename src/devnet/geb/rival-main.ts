import { watchParent } from '../parent-watch.js'
import { Rival, type RivalOrder } from './rival.js'

/** The rival as a process of its own: its order comes by standard input; it ends with its parent. */
async function main(): Promise<void> {
  watchParent(() => process.exit(1))
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  await new Rival(JSON.parse(text) as RivalOrder).run((problem) => process.stderr.write(`rival: ${problem}\n`))
}

void main()
