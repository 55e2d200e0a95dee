import type { Address, BlockRef, Reader } from '../domain/chain.js'
import type { Market, Token } from '../domain/market.js'
import type { RefillProtocol } from './protocol.js'
import { refKey } from './venue.js'

/** A staked token that covers a reserve, and what lies in it. */
export interface StakeCoverage {
  readonly address: Address
  readonly symbol: string
  /** What is staked, and how much of it, raw units. */
  readonly asset: Address
  readonly assets: bigint
  readonly decimals: number
}

/** Debt without collateral of one reserve and what is staked against it, raw units of the reserve's token. */
export interface ReserveCoverage {
  readonly token: Token
  readonly deficit: bigint
  /** Of the deficit: what is not covered by stakers, and what was taken from them and not yet paid in. */
  readonly offset: bigint
  readonly pending: bigint
  /** What anybody may have taken from the stakers now. */
  readonly slashable: bigint
  readonly stakes: readonly StakeCoverage[]
}

/** How a protocol without auctions is covered; absent reserves have neither deficit nor cover. */
export type CoverageReader = (reader: Reader, market: Market, block: BlockRef) => Promise<readonly ReserveCoverage[]>

/** One reserve as `keeper insurance --json` prints it: amounts as decimal strings of raw units. */
export interface CoverageRow {
  readonly market: string
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly deficit: string
  readonly offset: string
  readonly pending: string
  readonly slashable: string
  readonly stakes: readonly {
    readonly stake: Address
    readonly symbol: string
    readonly asset: Address
    readonly assets: string
    readonly decimals: number
  }[]
}

export const coverageRow = (market: string, { token, stakes, ...figures }: ReserveCoverage): CoverageRow => ({
  ...{ market, token: token.address, symbol: token.symbol, decimals: token.decimals },
  ...{ deficit: figures.deficit.toString(), offset: figures.offset.toString(), pending: figures.pending.toString() },
  slashable: figures.slashable.toString(),
  stakes: stakes.map(({ address, assets, ...rest }) => ({ stake: address, ...rest, assets: assets.toString() })),
})

/** One protocol's cushion as `keeper insurance --json` prints it: pay tokens and rad as decimal strings, times in unix seconds. */
export interface InsuranceRow {
  readonly market: string
  readonly venue: string
  readonly enabled: boolean
  readonly reasons: readonly string[]
  readonly surplus: string | null
  readonly queuedDebt: string | null
  readonly auctionableDebt: string | null
  readonly onAuctionDebt: string | null
  /** In the protocol's own finest unit. */
  readonly badDebt: string | null
  readonly maturing: readonly { readonly debt: string; readonly at: string }[]
  readonly startable: number
  readonly auctions: readonly {
    readonly name: string
    readonly phase: string
    readonly pay: string
    readonly get: string
  }[]
}

/** What stands between a protocol's losses and its users, and what is being sold for it, at one block. */
export async function insuranceOf(
  reader: Reader,
  market: Market,
  refill: RefillProtocol,
  us: Address,
  block: BlockRef,
): Promise<InsuranceRow[]> {
  return Promise.all(
    refill.venues.map(async (venue) => {
      const snapshot = await venue.open(market, us).at(reader, block, block.timestamp)
      const { health, reserves, maturing, starting } = snapshot
      const open = snapshot.auctions.filter((one) => venue.phase(one, block.timestamp) !== 'closed')
      return {
        ...{ market: market.id, venue: venue.id, enabled: health.enabled, reasons: health.reasons },
        ...{ surplus: text(reserves?.surplus), queuedDebt: text(reserves?.queuedDebt) },
        ...{ auctionableDebt: text(reserves?.auctionableDebt), onAuctionDebt: text(reserves?.onAuctionDebt) },
        badDebt: text(reserves?.badDebt),
        maturing: maturing.map(({ debt, at }) => ({ debt: debt.toString(), at: at.toString() })),
        startable: starting?.auctions.length ?? 0,
        auctions: open.map((one) => {
          const terms = venue.nextStep(one, block.timestamp) ?? venue.quote(one, block.timestamp)
          const { pay = 0n, get = 0n } = terms ?? {}
          const phase = venue.phase(one, block.timestamp)
          return { name: refKey(one.ref), phase, pay: pay.toString(), get: get.toString() }
        }),
      }
    }),
  )
}

const text = (value: bigint | undefined): string | null => value?.toString() ?? null
