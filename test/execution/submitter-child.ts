/** Runs from dist as a child of submitter.test.ts: offers one opportunity and hangs until it is killed. */
import { rpcOver } from '../../src/devnet/rpc.js'
import { askOver, headOf, makeKeeper, opportunityFor } from './support/keeper.js'

const [, , dataDir = '', rpcUrl = '', relayUrl = ''] = process.argv

async function main(): Promise<void> {
  const rpc = rpcOver(rpcUrl)
  const { submitter } = makeKeeper({ dataDir, ask: askOver(rpc), relayUrls: [relayUrl] })
  const head = await headOf(rpc)
  await submitter.start(head)
  await submitter.offer(opportunityFor('p1', head), head)
  setInterval(() => undefined, 1000)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
