import { formatUnits } from 'ethers'
import { agentArtifact } from '../auctions/agent-artifact.js'
import { readAgentNow, setupSteps, type AgentNow, type WantedAgent } from '../auctions/agent-setup.js'
import { wantedAgent } from '../auctions/wanted-agent.js'
import type { Settings } from '../config/settings.js'
import type { Address, BlockRef } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { ChainAccess } from './chain-access.js'
import { ok, problem, warning, type Finding } from './doctor-findings.js'
import { needsOf, type AuctionMarket } from './keeper/auctions/market-scene.js'
import { auctionMarkets } from './keeper/auctions/open-room.js'
import type { KnownMarket } from './strategies.js'

const COINS = '--coins-per-run <amount> --coins-per-day <amount>'
const TOKENS = '--tokens-per-run <amount> --tokens-per-day <amount> --floor <amount>'
const AGENT = 'agent'
/** Names of what is lacking that one line tells. */
const MOST_NAMED = 3

/** What auctions still need before the keeper can take part in them, each with what to do; nothing without such a market. */
export async function examineAgent(
  access: ChainAccess,
  settings: Settings,
  known: readonly KnownMarket[],
  operators: readonly Address[],
  block: BlockRef,
): Promise<Finding[]> {
  const markets = auctionMarkets(known)
  const agent = settings.auctionAgent
  if (markets.length === 0) return []
  const names = markets.map(({ known: { market } }) => market.id).join(', ')
  const deploy = `run \`keeper deploy-agent ${COINS} ${TOKENS}\``
  if (agent === null) {
    const text = `AUCTION_AGENT_ADDRESS is not set: no part is taken in the auctions of ${names} (a dry run assumes one); ${deploy}`
    return [warning(AGENT, text)]
  }
  const code = await access.reader.code(agent, block.number)
  if (code === '0x')
    return [problem(AGENT, `AUCTION_AGENT_ADDRESS: ${agent} has no code; leave it empty and ${deploy}`)]
  if (code !== agentArtifact().runtime)
    return [
      problem(
        AGENT,
        `AUCTION_AGENT_ADDRESS: ${agent} is no AuctionAgent of this version; leave it empty and ${deploy}`,
      ),
    ]
  const { wrappedNative } = access.file.chain
  const wanted = wantedAgent(needsOf(markets, agent), () => null, { agent, operators, wrappedNative })
  try {
    const now = await readAgentNow(access.reader, agent, wanted, block.number)
    const found = [...setUpFindings(agent, wanted, now), ...(await fundFindings(access, agent, markets, block))]
    return found.length > 0 ? found : [ok(AGENT, `${agent}: set up and funded for the auctions of ${names}`)]
  } catch (error) {
    return [problem(AGENT, messageOf(error))]
  }
}

function setUpFindings(agent: Address, wanted: WantedAgent, now: AgentNow): Finding[] {
  const held = (token: Address): AgentNow['holdings'][number] | undefined =>
    now.holdings.find((one) => one.token === token)
  const limits = wanted.holdings.flatMap(({ token, symbol, limits: fixed }) => {
    const holding = held(token)
    // what never leaves has limits of zero
    if (fixed !== null) return []
    const flags = wanted.approvals.some((one) => one.token === token && isSale(one.spender, wanted)) ? TOKENS : COINS
    const zero = holding !== undefined && (holding.perRun === 0n || holding.perDay === 0n)
    if (holding !== undefined && !zero) return []
    const what = zero ? `limits of ${symbol} are zero: none can leave` : `has no limits of ${symbol}`
    return [problem(AGENT, `${agent}: ${what}; run \`keeper deploy-agent ${flags}\``)]
  })
  const steps = setupSteps(agent, wanted, now).map(({ text }) => text)
  if (steps.length === 0) return limits
  const more = steps.length > MOST_NAMED ? ` and ${steps.length - MOST_NAMED} more` : ''
  const lacks = `${agent} lacks: ${steps.slice(0, MOST_NAMED).join(', ')}${more}; run \`keeper deploy-agent\` again`
  return [...limits, problem(AGENT, lacks)]
}

/** Whether tokens are approved to a router, that is, sold. */
const isSale = (spender: Address, { functions }: WantedAgent): boolean =>
  functions.some(({ target, sale }) => target === spender && sale !== undefined)

/** Markets that bid with coins of the agent's own need some there. */
async function fundFindings(
  { reader }: ChainAccess,
  agent: Address,
  markets: readonly AuctionMarket[],
  block: BlockRef,
): Promise<Finding[]> {
  const found = await Promise.all(
    markets.map(async ({ refill, known: { market }, config }) => {
      const paid = refill.agentNeeds(market, agent).tokens.find(({ role }) => role === 'paid')
      if (paid === undefined) return []
      const { wallet, internal } = await refill.capital(reader, market, agent, block)
      const whole = `${formatUnits(wallet + internal, paid.decimals)} ${paid.symbol}`
      if (wallet + internal > 0n) return []
      const most = `${config.maxLocked} are the most that it would lock (maxLocked)`
      return [warning(AGENT, `${agent} holds ${whole}: send it coins (${paid.token}) to bid with; ${most}`)]
    }),
  )
  return found.flat()
}
