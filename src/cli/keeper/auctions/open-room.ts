import { agentArtifact } from '../../../auctions/agent-artifact.js'
import { readAgent, type AgentHolding } from '../../../auctions/agent.js'
import type { Address, Reader } from '../../../domain/chain.js'
import { SettingsError } from '../../../domain/errors.js'
import type { Market } from '../../../domain/market.js'
import type { Movement, RefillProtocol } from '../../../auctions/protocol.js'
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

/**
 * What receipts tell of balances inside these protocols' books. Markets of one protocol share its engine, so each of them tells of
 * the same transfer: it counts as often as the one market that tells it most often.
 */
export function internalMovements(
  markets: readonly {
    readonly refill: Pick<RefillProtocol, 'movements'>
    readonly known: { readonly market: Market }
  }[],
): InternalMovements {
  const readers = markets.map(({ refill, known }) => refill.movements(known.market))
  return (logs) => {
    const told: Movement[] = []
    const counts = new Map<string, number>()
    for (const read of readers) {
      const own = new Map<string, number>()
      for (const one of read(logs)) {
        const key = `${one.token} ${one.from} ${one.to} ${one.amount}`
        const count = (own.get(key) ?? 0) + 1
        own.set(key, count)
        if (count <= (counts.get(key) ?? 0)) continue
        counts.set(key, count)
        told.push(one)
      }
    }
    return told
  }
}

/** The auction room, or null without an agent or without such a market. Throws `SettingsError` as `requireAgent` does. */
export async function openRoom(
  options: Omit<AuctionRoomOptions, 'agent' | 'holdings'>,
  operators: readonly Address[],
  dryRun: boolean,
  block: number,
): Promise<AuctionRoom | null> {
  const { settings, markets, reader, logger } = options
  const agent = settings.auctionAgent
  if (agent === null || markets.length === 0) return null
  const holdings = await requireAgent(reader, agent, operators, dryRun, block)
  logger.info('agent', { agent, holdings: holdings.map(({ id, token }) => ({ id, token })) })
  return new AuctionRoom({ ...options, agent, holdings })
}

/**
 * The agent's holdings. Throws `SettingsError` when what is at the address is another contract or an agent of another version
 * (its limits may not hold), when it does not obey an operator, or holds nothing that is limited. A dry run may assume an agent
 * where there is none yet, and signs nothing that one would have to obey.
 */
export async function requireAgent(
  reader: Reader,
  agent: Address,
  operators: readonly Address[],
  dryRun: boolean,
  block: number,
): Promise<readonly AgentHolding[]> {
  const problem = (text: string): SettingsError => new SettingsError('AUCTION_AGENT_ADDRESS', text)
  const code = await reader.code(agent, block)
  if (code !== agentArtifact().runtime && !(dryRun && code === '0x'))
    throw problem(
      `${agent} is no AuctionAgent of this version: its owner may withdraw what it holds; leave it empty and deploy another with \`keeper deploy-agent\``,
    )
  const { stranger, holdings } = await readAgent(reader, agent, operators, block)
  if (stranger !== null && !dryRun)
    throw problem(`the agent ${agent} does not obey ${stranger}: its owner must call setOperator`)
  if (holdings.length === 0) throw problem(`the agent ${agent} has no holdings: its owner must set limits (addHolding)`)
  return holdings
}
