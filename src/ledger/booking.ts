import { id } from 'ethers'
import type { Address, Hex } from '../domain/chain.js'
import { decodeExecuted, type Executed } from '../execution/executor/events.js'
import { failedAttempts } from '../execution/lost-legs.js'
import type { Receipt, ReceiptLog } from '../execution/receipt.js'
import type { Movement } from '../auctions/protocol.js'
import { transferOf, wrappingsOf } from './movements.js'

/** Stands for the chain's own coin among the tokens. */
export const NATIVE: Address = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'

/** Whose gains and losses are ours. */
export interface Accounts {
  readonly executor: Address
  /** The payout address as it was read at start; each receipt tells where its own gain went. */
  readonly payout: Address
  /** Owner, operators, executor and auction agent. */
  readonly others: ReadonlySet<Address>
  readonly agent: Address | null
}

/** Balances inside protocols' books that the logs of one transaction tell of; they are as good as the contracts in it. */
export type InternalMovements = (logs: readonly ReceiptLog[]) => readonly Movement[]

export const accountsOf = (
  owner: Address,
  payout: Address,
  operators: readonly Address[],
  executor: Address,
  agent: Address | null = null,
): Accounts => ({
  executor,
  payout,
  others: new Set([owner, ...operators, executor, ...(agent === null ? [] : [agent])]),
  agent,
})

/** What one mined transaction did to our accounts together, by its receipt alone. */
export interface Booking {
  readonly transactionHash: Hex
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly status: 0 | 1
  /** True when executor, agent or a call of the operator's own ran to the end; false for a revert and for the executor's early return. */
  readonly executed: boolean
  /** Numbers of the attempts that the executor went on without. */
  readonly failed: readonly number[]
  /** Gas used × effective price, and what a rollup charges on top. */
  readonly gasWei: bigint
  /** Paid to the block's fee recipient by the executor. */
  readonly bidWei: bigint
  /** Raw units per token, gas and bid included under `NATIVE`; tokens that came out even are absent. */
  readonly deltas: ReadonlyMap<Address, bigint>
  /** The same for what contracts claim that are none of the known tokens: shown, never counted. */
  readonly strays: ReadonlyMap<Address, bigint>
}

const NONE: InternalMovements = () => []
const RAN = id('Ran(address,uint256)')

class Sheet {
  readonly amounts = new Map<Address, bigint>()
  add(token: Address, amount: bigint): void {
    const sum = (this.amounts.get(token) ?? 0n) + amount
    if (sum === 0n) this.amounts.delete(token)
    else this.amounts.set(token, sum)
  }
}

interface Done extends Executed {
  /** Place of the event among the logs. */
  readonly at: number
}

/** The order's own account of itself: only the executor's word counts. */
function doneIn(logs: readonly ReceiptLog[], executor: Address): Done | null {
  for (const [at, log] of logs.entries()) {
    const done = log.address === executor ? decodeExecuted(log) : null
    if (done !== null) return { ...done, at }
  }
  return null
}

/**
 * Where the gain went: the executor's last transfer of exactly `gross - bid` of the profit token before `Executed`
 * (`LiquidationExecutor._finish`). The receipt itself says so, whoever was the payout address at start or is now. Null where
 * the token tells no such transfer.
 */
function paidTo(logs: readonly ReceiptLog[], done: Done, executor: Address): Address | null {
  const transfers = logs.slice(0, done.at).filter((log) => log.address === done.profitToken)
  const paid = transfers
    .map(transferOf)
    .findLast((one) => one !== null && one.from === executor && one.amount === done.gross - done.bid)
  return paid?.to ?? null
}

/**
 * Books one receipt of a transaction that we signed: ERC-20 transfers of `known` tokens from and to our accounts, wrapping
 * and unwrapping, the bid of `Executed` (paid in the chain's coin), gas for the sender. A reverted transaction has no logs
 * and costs its gas. Pure; nothing is estimated.
 *
 * A log is the word of the contract that wrote it, and any contract that is called on the way can write one (the fee
 * recipient is, with the bid). Money are the tokens that the order touches or a market lists, the wrapped coin and the token
 * of `Executed`; what any other contract says of transfers goes to `strays`.
 */
export function bookReceipt(
  receipt: Receipt,
  accounts: Accounts,
  wrappedNative: Address,
  known: ReadonlySet<Address>,
  internal: InternalMovements = NONE,
): Booking {
  const { transactionHash, blockHash, blockNumber, status, logs } = receipt
  const done = doneIn(logs, accounts.executor)
  const payout = (done === null ? null : paidTo(logs, done, accounts.executor)) ?? accounts.payout
  const ours = new Set([...accounts.others, payout, receipt.from])
  const ran = logs.some(({ address, topics }) => address === accounts.agent && topics[0] === RAN)
  const money = new Set([...known, wrappedNative, ...(done === null ? [] : [done.profitToken])])
  const [sheet, strays] = [new Sheet(), new Sheet()]
  for (const transfer of logs.map(transferOf).filter((one) => one !== null)) {
    const { token, from, to, amount } = transfer
    const side = money.has(token) ? sheet : strays
    if (ours.has(from)) side.add(token, -amount)
    if (ours.has(to)) side.add(token, amount)
  }
  for (const { token, from, to, amount } of internal(logs)) {
    if (ours.has(from)) sheet.add(token, -amount)
    if (ours.has(to)) sheet.add(token, amount)
  }
  const wrapped = logs.filter((log) => log.address === wrappedNative)
  const bidWei = done?.bid ?? 0n
  const wrappings = wrappingsOf(wrapped, ours)
  for (const { account, amount, tokenIsBooked } of wrappings) {
    if (!tokenIsBooked) sheet.add(wrappedNative, amount)
    if (account !== accounts.executor) sheet.add(NATIVE, -amount)
  }
  // the executor keeps no coins: what it unwraps is the bid and what a Uniswap v4 manager gets, what it wraps is from there
  if (wrappings.some(({ account }) => account === accounts.executor)) sheet.add(NATIVE, bidWei)
  const gasWei = receipt.gasUsed * receipt.effectiveGasPriceWei + receipt.extraFeeWei
  sheet.add(NATIVE, -gasWei - bidWei)
  const failed = failedAttempts(receipt, accounts.executor)
  const figures = {
    failed,
    executed: done !== null || ran || isOwnCall(receipt, accounts),
    gasWei,
    bidWei,
    deltas: sheet.amounts,
    strays: strays.amounts,
  }
  return { transactionHash, blockHash, blockNumber, status, ...figures }
}

/** A call that the operator made itself: executor and agent, whatever they do, say so. */
const isOwnCall = ({ status, to }: Receipt, { executor, agent }: Accounts): boolean =>
  status === 1 && to !== undefined && to !== executor && to !== agent

/**
 * Books what a transaction of somebody else did to our accounts: a refund by the next bidder, a lot that a stranger settled.
 * Its gas is not ours. Null where it moved nothing of ours.
 */
export function bookForeign(
  receipt: Receipt,
  accounts: Accounts,
  wrappedNative: Address,
  known: ReadonlySet<Address>,
  internal: InternalMovements,
): Booking | null {
  const stranger = { ...receipt, gasUsed: 0n, extraFeeWei: 0n, from: accounts.executor }
  const booking = bookReceipt(stranger, accounts, wrappedNative, known, internal)
  return booking.deltas.size === 0 ? null : booking
}
