import type { Address } from '../../../domain/chain.js'
import { mulDivFloor } from '../../../domain/maths.js'
import type { PriceInWei } from '../../../ledger/totals.js'
import { valueInWei } from '../../../ledger/totals.js'
import { table } from '../../screen.js'
import { ether } from '../story.js'
import type { AuctionFacts } from './witness.js'

/** The last line of `demo --scenario debt-auction --json`. Bad debt in rad, money in wei of the native coin. */
export interface DebtAuctionResult {
  readonly scenario: 'debt-auction'
  readonly badDebtBefore: string
  readonly badDebtAfter: string
  readonly auctionsStarted: number
  readonly auctionsWon: number
  readonly auctionsLost: number
  readonly rivalBids: number
  readonly paid: string
  readonly received: string
  readonly profit: string
  readonly ownerDelta: string
  readonly rivalProfit: string
  readonly publicTransactions: number
  readonly seconds: number
}

export interface Parties {
  readonly agent: Address
  readonly operator: Address
  readonly rival: Address
}

/** Counts of the house's own events; an auction is lost that we have bid in and another has won. */
export function countsOf(facts: AuctionFacts, { agent, operator, rival }: Parties) {
  const ours = new Set(facts.bids.filter(({ by }) => by === agent).map(({ id }) => id))
  return {
    auctionsStarted: facts.started.filter(({ by }) => by === operator).length,
    auctionsWon: facts.settled.filter(({ winner }) => winner === agent).length,
    auctionsLost: facts.settled.filter(({ id, winner }) => winner !== agent && ours.has(id)).length,
    rivalBids: facts.bids.filter(({ by }) => by === rival).length,
  }
}

/** What we paid for the lots that we won, and what those are worth at the final prices, each rounded down once. */
export function tradeOf(
  facts: AuctionFacts,
  agent: Address,
  house: Address,
  token: Address,
  prices: ReadonlyMap<Address, PriceInWei>,
): { readonly paid: bigint; readonly received: bigint } {
  const won = facts.settled.filter(({ winner }) => winner === agent)
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, one) => total + one, 0n)
  return {
    paid: valueInWei(new Map([[house, sum(won.map(({ bidRad }) => bidRad))]]), prices),
    received: valueInWei(new Map([[token, sum(won.map(({ lot }) => lot))]]), prices),
  }
}

/** Everything that keeps the demo from being a success, one sentence each. */
export function faultsOf(result: DebtAuctionResult): string[] {
  const faults: string[] = []
  const expect = (holds: boolean, text: string): void => void (holds || faults.push(text))
  expect(result.publicTransactions === 0, `${result.publicTransactions} transactions went to the public mempool`)
  expect(result.profit === result.ownerDelta, `the books say ${result.profit} wei, the chain ${result.ownerDelta}`)
  expect(BigInt(result.profit) > 0n, `the profit is ${result.profit} wei`)
  expect(result.auctionsWon > 0, 'no auction was won')
  expect(BigInt(result.badDebtAfter) < BigInt(result.badDebtBefore), 'the bad debt did not fall')
  return faults
}

const RAD = 10n ** 45n
const coins = (rad: string): string => {
  const hundredths = mulDivFloor(BigInt(rad), 100n, RAD)
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')} coins`
}

/** The result as a person reads it. */
export function resultLines(result: DebtAuctionResult): string[] {
  const { auctionsStarted, auctionsWon, auctionsLost, rivalBids } = result
  return [
    ...table(
      ['auctions', 'count'],
      [
        ['started by us', auctionsStarted],
        ['won', auctionsWon],
        ['lost', auctionsLost],
        ['bids of the rival', rivalBids],
      ],
    ),
    '',
    `bad debt     ${coins(result.badDebtBefore)} before, ${coins(result.badDebtAfter)} after`,
    `paid         ${ether(result.paid)} for lots worth ${ether(result.received)}`,
    `profit       ${ether(result.profit)}, the chain says ${ether(result.ownerDelta)}`,
    `the rival's  ${ether(result.rivalProfit)}`,
    `took         ${result.seconds.toFixed(1)} s`,
  ]
}
