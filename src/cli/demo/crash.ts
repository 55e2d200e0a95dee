import { setTimeout as sleep } from 'node:timers/promises'
import { OPENING_PRICES } from '../../devnet/catalogue.js'
import type { Devnet } from '../../devnet/devnet.js'
import type { Prices } from '../../devnet/uniswap/deploy.js'
import type { KeeperProcess } from './keeper-process.js'
import type { Witness } from './witness.js'

/** Shares of the opening prices at which the volatile assets stand after each step, basis points. */
const FALLS: readonly bigint[] = [9_200n, 8_200n, 7_200n]
const FALLING = ['WETH', 'WBTC', 'RARE'] as const
/** Blocks without a change after which a step counts as worked through, and the most it is given. */
const QUIET_BLOCKS = 3
const MOST_BLOCKS = 25

export interface CrashOptions {
  readonly devnet: Devnet
  readonly keeper: KeeperProcess
  readonly witness: Witness
  readonly say: (line: string) => void
}

/** Lets the prices fall in steps and waits after each until the keeper has done what it does. */
export async function crash({ devnet, keeper, witness, say }: CrashOptions): Promise<void> {
  await settle(devnet, keeper, witness)
  for (const share of FALLS) {
    const prices: Partial<Prices> = Object.fromEntries(
      FALLING.map((symbol) => [symbol, (OPENING_PRICES[symbol] * share) / 10_000n]),
    )
    const fall = (100 - Number(share) / 100).toFixed(0)
    say(`prices     ether, bitcoin and RARE fall to ${fall} % below their opening`)
    await devnet.moveMarket(prices)
    await settle(devnet, keeper, witness)
  }
}

const headOf = async (devnet: Devnet): Promise<number> => Number(await devnet.anvil.rpc('eth_blockNumber', []))

/** Waits until nothing has changed for some blocks: the same positions under 1, nothing in flight, the head scanned. */
async function settle(devnet: Devnet, keeper: KeeperProcess, witness: Witness): Promise<void> {
  const first = await headOf(devnet)
  // the next block holds the new prices
  let quietSince = first + 1
  let before = ''
  for (let head = first; head < first + MOST_BLOCKS; head = await headOf(devnet)) {
    await witness.look(head)
    keeper.mustLive()
    const now = [...witness.now].sort().join()
    const { inFlight, scannedBlock } = await keeper.health()
    const behind = typeof scannedBlock !== 'number' || scannedBlock < head - 1
    if (now !== before || inFlight !== 0 || behind) quietSince = head
    before = now
    if (head >= quietSince + QUIET_BLOCKS && head > first + QUIET_BLOCKS) return
    await sleep(150)
  }
}
