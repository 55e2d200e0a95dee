import { KeeperError } from '../../../domain/errors.js'
import type { GebDevnet } from '../../../devnet/geb/devnet.js'
import type { Stage } from '../../../devnet/geb/stage.js'
import type { KeeperProcess } from '../keeper-process.js'
import { auctionFacts, badDebtOf } from './witness.js'

export interface SceneOptions {
  readonly devnet: GebDevnet
  readonly stage: Stage
  readonly keeper: KeeperProcess
  readonly say: (line: string) => void
}

/** Blocks without an event after which a phase counts as over, and the most it is given. */
const QUIET_BLOCKS = 6
const MOST_BLOCKS = 150
const HOUR = 3_600
/** SAFEs that the fall to 1,500 dollars leaves unsafe. */
const UNSAFE = 3

/** The whole story, act by act; returns the protocol's bad debt (rad) after the liquidations and at the end. */
export async function scene({ devnet, stage, keeper, say }: SceneOptions): Promise<[bigint, bigint]> {
  const { geb } = devnet
  say('prices     ether falls from 2500 to 1500 dollars; the protocol is told an hour later, by the keeper itself')
  await stage.etherAt(1_500n, 200n)
  await stage.wait(HOUR)
  await stage.send(geb.delayedOracle, 'updateResult', []) // the fall is the next price now
  await stage.wait(HOUR) // from here on it can be made the current one
  await liquidated(devnet, stage, keeper)
  say('prices     ether falls to 1200 dollars: the collateral auctions are under water')
  await stage.etherAt(1_200n, 200n)
  const before = await badDebtOf(devnet)
  say(`bad debt   ${before / 10n ** 45n} coins wait in the queue; a day passes`)
  await stage.wait(Number(geb.parameters.popDebtDelay))
  await quiet(devnet, stage, keeper)
  say('time       the bids run out')
  await stage.wait(Number(geb.parameters.bidDuration) + 60)
  await quiet(devnet, stage, keeper)
  return [before, await badDebtOf(devnet)]
}

/** Waits until the keeper has liquidated every SAFE that is unsafe: nobody else does it here. */
async function liquidated({ geb, ground }: GebDevnet, stage: Stage, keeper: KeeperProcess): Promise<void> {
  const first = await stage.head()
  for (let head = first; head < first + MOST_BLOCKS; head = await stage.head()) {
    keeper.mustLive()
    const [started] = await ground.admin.read(geb.collateralAuctionHouse, 'auctionsStarted', [])
    if (Number(started) >= UNSAFE) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  throw new KeeperError('demo', 'the keeper does not liquidate the SAFEs that are unsafe')
}

/** Waits until no bid, start or settlement has come for some blocks and nothing of the keeper's is on its way. */
async function quiet(devnet: GebDevnet, stage: Stage, keeper: KeeperProcess): Promise<void> {
  const first = await stage.head()
  let [seen, since] = ['', first]
  for (let head = first; head < first + MOST_BLOCKS; head = await stage.head()) {
    keeper.mustLive()
    const { bids, started, settled } = await auctionFacts(devnet, 0)
    const { inFlight } = await keeper.health()
    const held = await devnet.ground.admin.read(devnet.geb.protocolToken, 'balanceOf', [devnet.agent.address])
    const now = `${bids.length} ${started.length} ${settled.length} ${String(inFlight)} ${String(held[0])}`
    if (now !== seen) [seen, since] = [now, head]
    if (head >= since + QUIET_BLOCKS && head > first + QUIET_BLOCKS && inFlight === 0) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
