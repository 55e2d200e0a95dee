import type { Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { WAD } from '../../domain/maths.js'
import type { Contract } from '../deployer.js'
import { accountOf, ROLES } from '../ground.js'
import { rpcOver } from '../rpc.js'
import { sqrtPriceX96 } from '../uniswap/price-maths.js'
import type { GebDevnet } from './devnet.js'

const GAS: Hex = '0x989680'
const WAIT_BLOCKS = 20

/** Sends public transactions of bystanders and moves the clock of a GEB devnet. */
export class Stage {
  /** `byHand`: no clock makes the blocks; those that are waited for are made here, without bundles. */
  constructor(
    private readonly devnet: GebDevnet,
    private readonly byHand = false,
  ) {}

  /** Sends from an unlocked bystander and waits until it is in a block; throws when it reverted. */
  async send(to: Contract, method: string, args: readonly unknown[], from: number = ROLES.admin): Promise<void> {
    const data = to.abi.encodeFunctionData(method, [...args]) as Hex
    await this.transact({ from: accountOf(this.devnet.ground.accounts, from), to: to.address, data, gas: GAS })
  }

  private async transact(transaction: Readonly<Record<string, string>>): Promise<void> {
    // a connection of its own: the proxy closes one that was idle for some seconds, maybe just as it is used again
    const hash = await rpcOver(this.devnet.proxy.rpcUrl)('eth_sendTransaction', [transaction])
    const { anvil } = this.devnet
    const last = (await this.head()) + WAIT_BLOCKS
    for (;;) {
      const receipt = (await anvil.rpc('eth_getTransactionReceipt', [hash])) as { status: string } | null
      if (receipt?.status === '0x1') return
      if (receipt !== null)
        throw new KeeperError('devnet-revert', `a bystander's transaction reverted`, { ...transaction })
      if (this.byHand) await this.devnet.builder.produceBlock({ local: true })
      if ((await this.head()) > last)
        throw new KeeperError('devnet', `a bystander's transaction is not taken`, { hash })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async head(): Promise<number> {
    return Number(await this.devnet.anvil.rpc('eth_blockNumber', []))
  }

  /** Resolves when `blocks` more blocks are there. */
  async blocks(blocks: number): Promise<void> {
    const until = (await this.head()) + blocks
    while ((await this.head()) < until) {
      if (this.byHand) await this.devnet.builder.produceBlock({ local: true })
      else await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** The next block comes so many seconds later. */
  async wait(seconds: number): Promise<void> {
    const { timestamp } = (await this.devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as {
      timestamp: string
    }
    const later = { timestamp: Number(timestamp) + seconds }
    if (this.byHand) {
      await this.devnet.builder.produceBlock({ ...later, local: true })
      return
    }
    this.devnet.builder.script(later)
    await this.blocks(2)
  }

  /** The price of ether falls or rises, and both pools follow: a coin stays a dollar, a token what it costs now. */
  async etherAt(usd: bigint, tokenMilliUsd: bigint): Promise<void> {
    const { ground, geb, pools } = this.devnet
    await this.send(ground.feeds.sources.WETH, 'setAnswer', [usd * 10n ** 8n])
    await this.movePool(geb.coin, pools.coin, WAD, WAD / usd)
    await this.movePool(geb.protocolToken, pools.protocolToken, WAD, (tokenMilliUsd * WAD) / (1_000n * usd))
  }

  /** One swap by the maker that ends at `amount` tokens for `ether`. */
  private async movePool(token: Contract, pool: Hex, amount: bigint, ether: bigint): Promise<void> {
    const { ground, anvil } = this.devnet
    const { uniswap, tokens } = ground
    const weth = tokens.WETH
    const tokenFirst = token.address < weth.address
    const target = tokenFirst ? sqrtPriceX96(ether, amount) : sqrtPriceX96(amount, ether)
    const answer = (await anvil.rpc('eth_call', [{ to: pool, data: '0x3850c7bd' }, 'latest'])) as string
    const now = BigInt(answer.slice(0, 66))
    if (now === target) return
    const [first, second] = tokenFirst ? [token, weth] : [weth, token]
    const [tokenIn, tokenOut] = target < now ? [first, second] : [second, first]
    const path = [tokenIn.address, tokenOut.address, 3_000, uniswap.maker, 2n ** 40n, 2n ** 120n, 0n, target]
    await this.send(uniswap.router, 'exactInputSingle', [path], ROLES.maker)
  }
}
