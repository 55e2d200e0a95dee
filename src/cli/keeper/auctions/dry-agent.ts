import { formatUnits } from 'ethers'
import type { AgentToken } from '../../../auctions/agent-needs.js'
import type { Limits } from '../../../auctions/agent-setup.js'
import { assumeAgent, canAssume, type AssumedCoins } from '../../../auctions/assumed-agent.js'
import { wantedAgent } from '../../../auctions/wanted-agent.js'
import type { Settings } from '../../../config/settings.js'
import type { Address, AssumingReader, Reader, StateOverride } from '../../../domain/chain.js'
import { needsOf, type AuctionMarket } from './market-scene.js'

/** Where a dry run without an agent of its own pretends that one is. */
export const PRETENDED_AGENT: Address = '0x0000000000000000000000006b65657065720002'
/** More than any run sells: what a dry run wins stays on paper. */
const UNBOUNDED = 2n ** 200n
/** Without any floor nothing may be sold. */
const LEAST_FLOOR = 1n

/** What the auction room works with. */
export interface AuctionMeans {
  /** `auctionAgent`: the deployed agent, the pretended one, or null where there is neither. */
  readonly settings: Settings
  readonly reader: Reader
  /** The pretended agent as state on top of the chain's; null for a real one. */
  readonly assumed: StateOverride | null
  /** What people must know, one line each. */
  readonly notes: readonly string[]
}

export interface MeansOptions {
  readonly settings: Settings
  readonly reader: AssumingReader
  readonly markets: readonly AuctionMarket[]
  readonly wrappedNative: Address
  readonly operators: readonly Address[]
  /** Only then is anything assumed: nothing that rests on an assumption is ever signed. */
  readonly dryRun: boolean
  readonly block: number
}

/**
 * The means of the auction room. In a dry run whose agent is not deployed, one is assumed that holds as many coins as the
 * markets' `maxLocked` and may spend them: state overrides of `eth_call` put it, its rights and its coins there for the
 * length of each read. Throws as reading does.
 */
export async function auctionMeans(options: MeansOptions): Promise<AuctionMeans> {
  const { settings, reader, markets, wrappedNative, operators, dryRun, block } = options
  const real: AuctionMeans = { settings, reader, assumed: null, notes: [] }
  if (!dryRun || markets.length === 0) return real
  const { auctionAgent } = settings
  if (auctionAgent !== null && (await reader.code(auctionAgent, block)) !== '0x') return real
  if (!(await canAssume(reader, PRETENDED_AGENT, block)))
    return { ...real, settings: { ...settings, auctionAgent: null }, notes: [CANNOT] }
  const agent = auctionAgent ?? PRETENDED_AGENT
  const coins = coinsOf(markets, agent)
  const needs = needsOf(markets, agent)
  const wanted = wantedAgent(needs, (token) => limitsOf(token, coins), { agent, operators, wrappedNative })
  const { state, lacks } = await assumeAgent(reader, agent, operators[0] ?? agent, wanted, coins, block)
  return {
    settings: { ...settings, auctionAgent: agent },
    reader: reader.assuming(state),
    assumed: state,
    notes: [heldLine(coins), ...lacks.map((what) => `dry-run: of the agent cannot be assumed: ${what}`)],
  }
}

const CANNOT =
  'dry-run: agent not deployed, and the endpoints of RPC_URLS take no state overrides: auctions are shown with estimates, none is decided on'

const heldLine = (coins: readonly (AssumedCoins & { readonly decimals: number })[]): string => {
  const held = coins.map(({ amount, decimals, symbol }) =>
    `${formatUnits(amount, decimals)} ${symbol}`.replace('.0 ', ' '),
  )
  return `dry-run: agent not deployed; calculated as if it held ${held.join(' and ') || 'nothing'}`
}

/** What is paid in, once a token: the sum of the markets' `maxLocked`. */
function coinsOf(markets: readonly AuctionMarket[], agent: Address): (AssumedCoins & { readonly decimals: number })[] {
  const sums = new Map<Address, AssumedCoins & { readonly decimals: number }>()
  for (const { refill, known, config } of markets)
    for (const { token, symbol, decimals, role } of refill.agentNeeds(known.market, agent).tokens) {
      if (role !== 'paid') continue
      const amount = (sums.get(token)?.amount ?? 0n) + config.maxLocked * 10n ** BigInt(decimals)
      sums.set(token, { token, symbol, decimals, amount })
    }
  return [...sums.values()]
}

function limitsOf({ token, pots }: AgentToken, coins: readonly AssumedCoins[]): Limits {
  const paid = coins.find((one) => one.token === token)
  if (paid === undefined) return { perRun: UNBOUNDED, perDay: UNBOUNDED, floorRate: LEAST_FLOOR }
  const most = paid.amount * (pots[0]?.scale ?? 1n)
  return { perRun: most, perDay: most, floorRate: 0n }
}
