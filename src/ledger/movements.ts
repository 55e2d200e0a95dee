import { id } from 'ethers'
import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import type { ReceiptLog } from '../execution/receipt.js'

const ZERO: Address = `0x${'0'.repeat(40)}`
const TRANSFER = id('Transfer(address,address,uint256)')
const DEPOSIT = id('Deposit(address,uint256)')
const WITHDRAWAL = id('Withdrawal(address,uint256)')

/** An ERC-20 transfer as a log tells it: the word of the contract `token`, whoever that is. Raw units. */
export interface Transfer {
  readonly token: Address
  readonly from: Address
  readonly to: Address
  readonly amount: bigint
}

const word = (data: Hex, index: number): bigint | null => {
  const from = 2 + 64 * index
  return data.length >= from + 64 ? BigInt(`0x${data.slice(from, from + 64)}`) : null
}
const addressIn = (topic: Hex | undefined): Address => toAddress(`0x${(topic ?? ZERO).slice(-40)}`)

/** Null for any other log; the four-topic event of the same name belongs to NFTs. */
export function transferOf(log: ReceiptLog): Transfer | null {
  if (log.topics[0] !== TRANSFER || log.topics.length !== 3) return null
  const amount = word(log.data, 0)
  return amount === null
    ? null
    : { token: log.address, from: addressIn(log.topics[1]), to: addressIn(log.topics[2]), amount }
}

/** Coins that one of our accounts wrapped (positive) or unwrapped (negative). */
export interface Wrapping {
  readonly account: Address
  readonly amount: bigint
  /** True where a Transfer from or to zero has told the change of the token already: only the coin's side is left to book. */
  readonly tokenIsBooked: boolean
}

/**
 * What our accounts wrapped and unwrapped, by the events of WETH9 (no Transfer) or of the Arbitrum kind (Transfer from or to
 * zero, with or without the event). Which kind it is only movements of our own accounts tell: anybody may transfer nothing to
 * zero in our transaction.
 */
export function wrappingsOf(logs: readonly ReceiptLog[], ours: ReadonlySet<Address>): Wrapping[] {
  const transfers = logs.map(transferOf).filter((one) => one !== null && one.amount > 0n) as Transfer[]
  const minted = transfers.filter((one) => one.from === ZERO && ours.has(one.to))
  const burnt = transfers.filter((one) => one.to === ZERO && ours.has(one.from))
  const visible = [
    ...minted.map(({ to, amount }) => ({ account: to, amount })),
    ...burnt.map(({ from, amount }) => ({ account: from, amount: -amount })),
  ]
  if (visible.length > 0) return visible.map((one) => ({ ...one, tokenIsBooked: true }))
  return logs
    .filter((log) => log.topics.length === 2 && ours.has(addressIn(log.topics[1])))
    .flatMap((log) => {
      const account = addressIn(log.topics[1])
      const sign = log.topics[0] === DEPOSIT ? 1n : log.topics[0] === WITHDRAWAL ? -1n : 0n
      return sign === 0n ? [] : [{ account, amount: sign * (word(log.data, 0) ?? 0n), tokenIsBooked: false }]
    })
}
