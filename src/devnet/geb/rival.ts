import { Wallet } from 'ethers'
import { setTimeout as sleep } from 'node:timers/promises'
import { toAddress, type Address } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import { RAY, WAD, mulDivFloor } from '../../domain/maths.js'
import type { Contract } from '../deployer.js'
import { rpcOver } from '../rpc.js'
import { gebContract } from './deploy.js'

/** `DebtAuctionHouse.auctions(id)` as a node gives it. */
export type RawAuction = readonly [bid: bigint, lot: bigint, highBidder: string, expiry: bigint, deadline: bigint]

/** What a rival is told; money in wad. */
export interface RivalOrder {
  readonly rpcUrl: string
  readonly chainId: number
  readonly privateKey: string
  readonly contracts: Readonly<Record<'safeEngine' | 'coinJoin' | 'coin' | 'debtAuctionHouse', string>>
  /** Coins per protocol token, as it values them. */
  readonly price: string
  /** Auctions that it values higher, and how: it wants more than its exit pays. */
  readonly eager: readonly number[]
  readonly eagerPrice: string
  readonly marginBps: number
}

const PERIOD_MS = 250
const GAS = 600_000n
const BPS = 10_000n

/**
 * A bidder of its own: it always asks for the next legal lot, as long as that is worth the bid and its margin, sends in public,
 * and settles what it has won. It knows nothing of the keeper.
 */
export class Rival {
  private readonly wallet: Wallet
  private readonly us: Address
  private readonly rpc
  private readonly house: Contract
  private joined = false

  constructor(private readonly order: RivalOrder) {
    this.wallet = new Wallet(order.privateKey)
    this.us = toAddress(this.wallet.address)
    this.rpc = rpcOver(order.rpcUrl)
    this.house = gebContract('DebtAuctionHouse', order.contracts.debtAuctionHouse)
  }

  /** Bids until the process ends; a failed look is a block missed. */
  async run(complain: (problem: string) => void): Promise<void> {
    for (;;) {
      try {
        await this.look()
      } catch (error) {
        complain(messageOf(error))
      }
      await sleep(PERIOD_MS)
    }
  }

  private async look(): Promise<void> {
    if (!this.joined) await this.join()
    const [started] = await this.read(this.house, 'auctionsStarted', [])
    const { timestamp } = (await this.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    let nonce = await this.nonce()
    for (let id = 1; id <= Number(started); id++) {
      const call = await this.wanted(id, BigInt(timestamp) + 1n)
      if (call !== null) await this.send(nonce++, this.house, call[0], call[1])
    }
    await this.mined(nonce)
  }

  private async wanted(id: number, t: bigint): Promise<readonly [string, readonly unknown[]] | null> {
    const auction = (await this.read(this.house, 'auctions', [id]))[0] as RawAuction
    const [bid, lot, leader, expiry, deadline] = auction
    const ours = toAddress(leader) === this.us
    const over = expiry !== 0n && (expiry <= t || deadline <= t)
    if (over) return ours ? ['settleAuction', [id]] : null
    if (ours || BigInt(leader) === 0n || deadline <= t) return null
    const params = (await this.read(this.house, 'params', []))[0] as readonly bigint[]
    const next = mulDivFloor(lot, WAD, params[0] ?? WAD)
    const price = BigInt(this.order.eager.includes(id) ? this.order.eagerPrice : this.order.price)
    const worth = mulDivFloor(next, price, WAD)
    if (worth * BPS < (bid / RAY) * (BPS + BigInt(this.order.marginBps))) return null
    return ['decreaseSoldAmount', [id, next]]
  }

  private async join(): Promise<void> {
    const { safeEngine, coinJoin, coin, debtAuctionHouse } = this.order.contracts
    const [engine, join, token] = [
      gebContract('SAFEEngine', safeEngine),
      gebContract('CoinJoin', coinJoin),
      gebContract('SystemCoin', coin),
    ]
    const [balance] = await this.read(token, 'balanceOf', [this.us])
    let nonce = await this.nonce()
    await this.send(nonce++, engine, 'approveSAFEModification', [debtAuctionHouse])
    await this.send(nonce++, token, 'approve', [coinJoin, balance])
    await this.send(nonce++, join, 'join', [this.us, balance])
    await this.mined(nonce)
    this.joined = true
  }

  private async nonce(): Promise<number> {
    return Number(await this.rpc('eth_getTransactionCount', [this.us, 'latest']))
  }

  /** Waits until everything that was sent is in a block, some seconds at most. */
  private async mined(nonce: number): Promise<void> {
    for (let i = 0; i < 40 && (await this.nonce()) < nonce; i++) await sleep(PERIOD_MS)
  }

  private async read({ address, abi }: Contract, method: string, args: readonly unknown[]) {
    const call = { to: address, data: abi.encodeFunctionData(method, [...args]) }
    return abi.decodeFunctionResult(method, (await this.rpc('eth_call', [call, 'latest'])) as string)
  }

  private async send(
    nonce: number,
    { address, abi }: Contract,
    method: string,
    args: readonly unknown[],
  ): Promise<void> {
    const raw = await this.wallet.signTransaction({
      ...{ type: 2, chainId: this.order.chainId, nonce, to: address, data: abi.encodeFunctionData(method, [...args]) },
      ...{ gasLimit: GAS, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n },
    })
    await this.rpc('eth_sendRawTransaction', [raw])
  }
}
