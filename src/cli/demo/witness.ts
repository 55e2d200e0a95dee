import { Interface } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import { WAD } from '../../domain/maths.js'
import type { Devnet } from '../../devnet/devnet.js'
import type { AaveMarket } from '../../devnet/aave/market.js'

const EVENTS = new Interface([
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
])

/** Looks at the chain itself, not at what the keeper says: who was ever liquidatable, and whom the executor liquidated. */
export class Witness {
  /** Positions that ended some block with a health factor below 1. */
  readonly liquidatable = new Set<Address>()
  private below: readonly Address[] = []
  private readonly seen = new Set<number>()

  constructor(
    private readonly devnet: Devnet,
    private readonly market: AaveMarket,
  ) {}

  get now(): readonly Address[] {
    return this.below
  }

  /** Reads every borrower at `block`, once. */
  async look(block: number): Promise<void> {
    if (this.seen.has(block)) return
    this.seen.add(block)
    const { ground, positions } = this.devnet
    const tag = `0x${block.toString(16)}`
    const factors = await Promise.all(
      positions.map(async ({ account }) => {
        const answer = await ground.admin.read(this.market.pool, 'getUserAccountData', [account], tag)
        return { account, healthFactor: answer[5] as bigint }
      }),
    )
    this.below = factors.filter(({ healthFactor }) => healthFactor < WAD).map(({ account }) => account)
    for (const account of this.below) this.liquidatable.add(account)
  }

  /** Positions that the executor liquidated between two blocks, by the pool's own events. */
  async landed(fromBlock: number): Promise<ReadonlySet<Address>> {
    const topic = EVENTS.getEvent('LiquidationCall')?.topicHash
    const logs = (await this.devnet.anvil.rpc('eth_getLogs', [
      {
        address: this.market.pool.address,
        topics: [topic],
        fromBlock: `0x${fromBlock.toString(16)}`,
        toBlock: 'latest',
      },
    ])) as { readonly topics: string[]; readonly data: string }[]
    const landed = new Set<Address>()
    for (const log of logs) {
      const event = EVENTS.parseLog(log)
      if (event === null || toAddress(event.args['liquidator'] as string) !== this.devnet.executor) continue
      landed.add(toAddress(event.args['user'] as string))
    }
    return landed
  }
}
