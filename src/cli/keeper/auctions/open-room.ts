import { readAgent } from '../../../auctions/agent.js'
import type { Address } from '../../../domain/chain.js'
import { SettingsError } from '../../../domain/errors.js'
import type { InternalMovements } from '../../../ledger/booking.js'
import type { KnownMarket } from '../../strategies.js'
import { AuctionRoom, type AuctionRoomOptions } from './auction-room.js'
import type { AuctionMarket } from './market-scene.js'

/** Markets whose auctions are taken part in: their protocol has some, and their file says how. */
export const auctionMarkets = (markets: readonly KnownMarket[]): AuctionMarket[] =>
  markets.flatMap((known) => {
    const { refill, auctions: config } = known
    return refill === null || config === null ? [] : [{ known, refill, config }]
  })

/** What receipts tell of balances inside these protocols' books. */
export function internalMovements(markets: readonly AuctionMarket[]): InternalMovements {
  const readers = markets.map(({ refill, known }) => refill.movements(known.market))
  return (logs) => readers.flatMap((read) => read(logs))
}

/**
 * The auction room, or null without an agent or without such a market. Throws `SettingsError` when the agent does not obey
 * the operator or holds nothing that is limited.
 */
export async function openRoom(
  options: Omit<AuctionRoomOptions, 'agent' | 'holdings'>,
  operators: readonly Address[],
  dryRun: boolean,
  block: number,
): Promise<AuctionRoom | null> {
  const { settings, markets, reader, logger } = options
  const agent = settings.auctionAgent
  if (agent === null || markets.length === 0) return null
  const { stranger, holdings } = await readAgent(reader, agent, operators, block)
  if (stranger !== null && !dryRun)
    throw new SettingsError(
      'AUCTION_AGENT_ADDRESS',
      `the agent ${agent} does not obey ${stranger}: its owner must call setOperator`,
    )
  if (holdings.length === 0)
    throw new SettingsError(
      'AUCTION_AGENT_ADDRESS',
      `the agent ${agent} has no holdings: its owner must set limits (addHolding)`,
    )
  logger.info('agent', { agent, holdings: holdings.map(({ id, token }) => ({ id, token })) })
  return new AuctionRoom({ ...options, agent, holdings })
}
