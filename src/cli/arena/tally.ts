import { Interface } from 'ethers'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { WAD } from '../../domain/maths.js'
import { decodeExecuted } from '../../execution/executor/events.js'
import type { AaveMarket } from '../../devnet/aave/market.js'
import type { Receipt } from '../../devnet/deployer.js'
import type { Devnet } from '../../devnet/devnet.js'
import type { Channel } from '../../oracle/source.js'
import { askJudge, type Verdict } from '../demo/ask-judge.js'
import type { Contestant } from './field.js'

/** One position liquidated in one transaction. */
export interface Liquidation {
  readonly by: string
  readonly user: Address
  readonly block: number
  readonly transaction: Hex
  /** How the price that opened it was heard of, and how many blocks later it was taken. */
  readonly channel: Channel
  readonly delay: number
}

/** One transaction of a contestant, wei. */
export interface Deed {
  readonly by: string
  readonly grossWei: bigint
  readonly bidWei: bigint
  readonly gasWei: bigint
}

export interface Tally {
  readonly liquidations: readonly Liquidation[]
  readonly deeds: readonly Deed[]
  /** Positions that the judge finds still worth taking, without a bid. */
  readonly left: readonly { readonly user: Address; readonly netWei: bigint; readonly channel: Channel }[]
  readonly badDebtBase: string
  /** Transactions of the keeper's operators that somebody could see in the public mempool. */
  readonly publicTransactions: number
}

const POOL = new Interface([
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
])
const hex = (value: number): Hex => `0x${value.toString(16)}`
/** Profit in US dollars from which a position counts as worth taking. */
const WORTH_USD = 5

/** From the chain alone: receipts, the pool's own events and the judge; nobody's word counts. */
export async function tally(
  devnet: Devnet,
  market: AaveMarket,
  contestants: readonly Contestant[],
  reports: ReadonlyMap<number, Channel>,
): Promise<Tally> {
  const { anvil } = devnet
  const first = Math.min(...reports.keys())
  const last = Number(await anvil.rpc('eth_blockNumber', []))
  const liquidations: Liquidation[] = []
  const deeds: Deed[] = []
  const since = new Opening(devnet, market, reports)
  for (let block = first - 3; block <= last; block++) {
    const receipts = (await anvil.rpc('eth_getBlockReceipts', [hex(block)])) as (Receipt & {
      readonly from: string
      readonly transactionHash: Hex
      readonly effectiveGasPrice: Hex
    })[]
    for (const receipt of receipts) {
      const who = contestants.find(({ operators }) => operators.includes(toAddress(receipt.from)))
      if (!who) continue
      deeds.push(deedOf(who, receipt))
      for (const user of usersOf(market, who, receipt)) {
        const opened = await since.of(user, block)
        const delay = Math.max(0, block - opened.block)
        liquidations.push({
          by: who.name,
          user,
          block,
          transaction: receipt.transactionHash,
          channel: opened.channel,
          delay,
        })
      }
    }
  }
  await checkBooks(devnet, contestants, deeds)
  const verdict = await askJudge(devnet, market, { minProfitUsd: WORTH_USD, bidBps: 0 })
  const ours = contestants.find(({ name }) => name === 'keeper')?.operators ?? []
  const seen = devnet.proxy.publicTransactions().filter(({ from }) => from !== null && ours.includes(from))
  const left = []
  for (const one of worthTaking(verdict)) left.push({ ...one, channel: (await since.of(one.user, last + 1)).channel })
  return { liquidations, deeds, left, badDebtBase: verdict.badDebtBase, publicTransactions: seen.length }
}

const worthTaking = ({ best }: Verdict): { user: Address; netWei: bigint }[] =>
  best
    .filter(({ netUsd }) => netUsd > WORTH_USD)
    .map(({ position, netWei }) => ({ user: toAddress(position), netWei: BigInt(netWei) }))

function deedOf({ name, executor }: Contestant, receipt: Receipt & { readonly effectiveGasPrice: Hex }): Deed {
  const own = receipt.logs.filter(({ address }) => toAddress(address) === executor)
  const done = own.map(decodeExecuted).find((event) => event !== null)
  const gasWei = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)
  return { by: name, grossWei: done?.gross ?? 0n, bidWei: done?.bid ?? 0n, gasWei }
}

/** Each position once, however many steps it was taken in. */
function usersOf({ pool }: AaveMarket, { executor }: Contestant, { logs }: Receipt): Set<Address> {
  const users = new Set<Address>()
  for (const log of logs) {
    const event =
      toAddress(log.address) === pool.address ? POOL.parseLog({ topics: [...log.topics], data: log.data }) : null
    if (event === null || toAddress(event.args['liquidator'] as string) !== executor) continue
    users.add(toAddress(event.args['user'] as string))
  }
  return users
}

/** What executors say of their gains must be what their owners have got. */
async function checkBooks(
  { ground }: Devnet,
  contestants: readonly Contestant[],
  deeds: readonly Deed[],
): Promise<void> {
  for (const { name, payout } of contestants) {
    const own = deeds.filter(({ by }) => by === name)
    const said = own.reduce((sum, { grossWei, bidWei }) => sum + grossWei - bidWei, 0n)
    const has = (await ground.admin.read(ground.tokens.WETH, 'balanceOf', [payout]))[0] as bigint
    if (has < said) throw new KeeperError('arena', `${name} says that it has earned ${said} wei, and has ${has}`)
  }
}

/** Finds out, from the chain's past, since when a position could be taken. */
class Opening {
  constructor(
    private readonly devnet: Devnet,
    private readonly market: AaveMarket,
    private readonly reports: ReadonlyMap<number, Channel>,
  ) {}

  /** The block that brought it below one, `block` itself when it was taken in the block that did. */
  async of(user: Address, block: number): Promise<{ readonly block: number; readonly channel: Channel }> {
    let since = block
    while (since > 1 && (await this.isBelow(user, since - 1))) since--
    const before = [...this.reports.keys()].filter((number) => number <= since)
    return { block: since, channel: this.reports.get(Math.max(...before)) ?? 'round' }
  }

  private async isBelow(user: Address, block: number): Promise<boolean> {
    const answer = await this.devnet.ground.admin.read(this.market.pool, 'getUserAccountData', [user], hex(block))
    return (answer[5] as bigint) < WAD
  }
}
