import { id } from 'ethers'
import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import { decodeExecuted } from '../execution/executor/events.js'
import type { Receipt, ReceiptLog } from '../execution/receipt.js'

/** Stands for the chain's own coin among the tokens. */
export const NATIVE: Address = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
const ZERO: Address = `0x${'0'.repeat(40)}`

const TRANSFER = id('Transfer(address,address,uint256)')
const DEPOSIT = id('Deposit(address,uint256)')
const WITHDRAWAL = id('Withdrawal(address,uint256)')

/** Whose gains and losses are ours. `executor` is one of `all`. */
export interface Accounts {
  readonly executor: Address
  readonly all: ReadonlySet<Address>
}

export const accountsOf = (
  owner: Address,
  payout: Address,
  operators: readonly Address[],
  executor: Address,
): Accounts => ({
  executor,
  all: new Set([owner, payout, ...operators, executor]),
})

/** What one mined transaction did to our accounts together, by its receipt alone. */
export interface Booking {
  readonly transactionHash: Hex
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly status: 0 | 1
  /** True when the executor ran the order to its end; false for a revert and for its early return. */
  readonly executed: boolean
  /** Gas used × effective price, and what a rollup charges on top. */
  readonly gasWei: bigint
  /** Paid to the block's fee recipient by the executor. */
  readonly bidWei: bigint
  /** Raw units per token, gas and bid included under `NATIVE`; tokens that came out even are absent. */
  readonly deltas: ReadonlyMap<Address, bigint>
}

const word = (data: Hex, index: number): bigint | null => {
  const from = 2 + 64 * index
  return data.length >= from + 64 ? BigInt(`0x${data.slice(from, from + 64)}`) : null
}
const addressIn = (topic: Hex | undefined): Address => toAddress(`0x${(topic ?? ZERO).slice(-40)}`)

interface Movement {
  readonly account: Address
  readonly wad: bigint
}

class Sheet {
  readonly deltas = new Map<Address, bigint>()
  add(token: Address, amount: bigint): void {
    const sum = (this.deltas.get(token) ?? 0n) + amount
    if (sum === 0n) this.deltas.delete(token)
    else this.deltas.set(token, sum)
  }
}

/** An ERC-20 transfer; the four-topic event of the same name belongs to NFTs. */
function transferOf(log: ReceiptLog): { from: Address; to: Address; amount: bigint } | null {
  if (log.topics[0] !== TRANSFER || log.topics.length !== 3) return null
  const amount = word(log.data, 0)
  return amount === null ? null : { from: addressIn(log.topics[1]), to: addressIn(log.topics[2]), amount }
}

/** Wrapping and unwrapping by the events of WETH9 (no Transfer) or of the Arbitrum kind (Transfer from or to zero). */
function wrappings(logs: readonly ReceiptLog[], topic: string): Movement[] {
  return logs
    .filter((log) => log.topics[0] === topic && log.topics.length === 2)
    .map((log) => ({ account: addressIn(log.topics[1]), wad: word(log.data, 0) ?? 0n }))
}

function bookWrapped(sheet: Sheet, logs: readonly ReceiptLog[], wrapped: Address, accounts: Accounts): void {
  const transfers = logs.map(transferOf).filter((transfer) => transfer !== null)
  const minted = transfers.filter((t) => t.from === ZERO).map((t) => ({ account: t.to, wad: t.amount }))
  const burnt = transfers.filter((t) => t.to === ZERO).map((t) => ({ account: t.from, wad: t.amount }))
  // a token that mints and burns visibly has moved the wrapped balance already: only the coin's side is left to book
  const visible = minted.length + burnt.length > 0
  const deposits = visible ? minted : wrappings(logs, DEPOSIT)
  const withdrawals = visible ? burnt : wrappings(logs, WITHDRAWAL)
  for (const [movements, sign] of [
    [deposits, 1n],
    [withdrawals, -1n],
  ] as const) {
    for (const { account, wad } of movements) {
      if (!accounts.all.has(account)) continue
      if (!visible) sheet.add(wrapped, sign * wad)
      sheet.add(NATIVE, -sign * wad)
    }
  }
}

/**
 * Books one receipt: ERC-20 transfers from and to our accounts, wrapping and unwrapping, the bid of `Executed` (paid in the
 * chain's coin), gas for the sender. A reverted transaction has no logs and costs its gas. Pure; nothing is estimated.
 */
export function bookReceipt(receipt: Receipt, accounts: Accounts, wrappedNative: Address): Booking {
  const sheet = new Sheet()
  const gasWei = receipt.gasUsed * receipt.effectiveGasPriceWei + receipt.extraFeeWei
  if (accounts.all.has(receipt.from)) sheet.add(NATIVE, -gasWei)
  let bidWei = 0n
  let executed = false
  for (const log of receipt.logs) {
    const transfer = transferOf(log)
    if (transfer !== null) {
      if (accounts.all.has(transfer.from)) sheet.add(log.address, -transfer.amount)
      if (accounts.all.has(transfer.to)) sheet.add(log.address, transfer.amount)
    }
    const done = log.address === accounts.executor ? decodeExecuted(log) : null
    if (done === null) continue
    executed = true
    bidWei += done.bid
  }
  sheet.add(NATIVE, -bidWei)
  const wrapped = receipt.logs.filter((log) => log.address === wrappedNative)
  bookWrapped(sheet, wrapped, wrappedNative, accounts)
  const { transactionHash, blockHash, blockNumber, status } = receipt
  return { transactionHash, blockHash, blockNumber, status, executed, gasWei, bidWei, deltas: sheet.deltas }
}
