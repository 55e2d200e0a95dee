import { formatUnits, parseUnits } from 'ethers'
import type { AgentNeeds, AgentToken } from '../auctions/agent-needs.js'
import { walletPot } from '../auctions/agent-needs.js'
import type { Limits, WantedAgent, WantedHolding } from '../auctions/agent-setup.js'
import type { Address, Hex } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import { WAD, divCeil } from '../domain/maths.js'
import type { AuctionMarket } from './keeper/auctions/market-scene.js'

/** The options of `deploy-agent` that say how much may leave the agent; whole tokens, and native tokens for one won token. */
export interface LimitOptions {
  readonly coinsPerRun?: string
  readonly coinsPerDay?: string
  readonly tokensPerRun?: string
  readonly tokensPerDay?: string
  readonly floor?: string
}

const flagOf = (name: keyof LimitOptions): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

function amountOf(options: LimitOptions, name: keyof LimitOptions, decimals: number): bigint {
  const text = options[name] ?? ''
  if (!/^\d{1,30}(\.\d{1,18})?$/.test(text))
    throw new SettingsError(flagOf(name), `is ${JSON.stringify(text)}, must be a number like 20000 or 0.5`)
  try {
    return parseUnits(text, decimals)
  } catch (error) {
    throw new SettingsError(flagOf(name), `has more than ${decimals} places`, { cause: error })
  }
}

/** Limits of one token from the options, or null where none of its options is given. Throws `SettingsError` for a part of them. */
function limitsOf({ role, decimals, pots }: AgentToken, options: LimitOptions): Limits | null {
  if (role === 'kept') return { perRun: 0n, perDay: 0n, floorRate: 0n }
  const [run, day] =
    role === 'paid' ? (['coinsPerRun', 'coinsPerDay'] as const) : (['tokensPerRun', 'tokensPerDay'] as const)
  const names = role === 'paid' ? [run, day] : [run, day, 'floor' as const]
  const absent = names.filter((name) => options[name] === undefined)
  if (absent.length === names.length) return null
  if (absent.length > 0)
    throw new SettingsError(
      absent.map(flagOf).join(', '),
      `must be given too: they belong to ${names.map(flagOf).join(', ')}`,
    )
  const unit = pots[0]?.scale ?? 1n
  const [perRun, perDay] = [amountOf(options, run, decimals) * unit, amountOf(options, day, decimals) * unit]
  if (perRun === 0n || perDay < perRun)
    throw new SettingsError(flagOf(day), `must be at least ${flagOf(run)}, and that above zero`)
  if (role === 'paid') return { perRun, perDay, floorRate: 0n }
  const floorWei = amountOf(options, 'floor', 18)
  if (floorWei === 0n)
    throw new SettingsError('--floor', 'must be above zero: a stolen operator key could otherwise sell at any price')
  // up: the floor is never lower than what was asked for
  return { perRun, perDay, floorRate: divCeil(floorWei * WAD, 10n ** BigInt(decimals) * unit) }
}

/** Of several markets each thing once; a token's pots of all. */
function union(needs: readonly AgentNeeds[]): AgentNeeds {
  const once = <T>(all: readonly T[], key: (one: T) => string): T[] => [
    ...new Map(all.map((one) => [key(one), one])).values(),
  ]
  const tokens = new Map<Address, AgentToken>()
  for (const token of needs.flatMap((one) => one.tokens)) {
    const pots = [...(tokens.get(token.token)?.pots ?? []), ...token.pots]
    tokens.set(token.token, { ...token, pots: once(pots, ({ target, query }) => target + query) })
  }
  return {
    functions: once(
      needs.flatMap(({ functions }) => functions),
      ({ target, selector }) => target + selector,
    ),
    tokens: [...tokens.values()],
    rights: once(
      needs.flatMap(({ rights }) => rights),
      ({ call }) => call.to + call.data,
    ),
    approvals: once(
      needs.flatMap(({ approvals }) => approvals),
      ({ token, spender }) => token + spender,
    ),
  }
}

export interface AgentFrame {
  readonly agent: Address
  readonly operators: readonly Address[]
  readonly wrappedNative: Address
  /** Selector of the router's sale; its argument word 3 is who receives. */
  readonly sale: Hex
}

/** What an agent for these markets shall have. Throws `SettingsError` with the option that is missing or wrong. Pure. */
export function wantedAgent(markets: readonly AuctionMarket[], options: LimitOptions, frame: AgentFrame): WantedAgent {
  const { agent, operators, wrappedNative, sale } = frame
  const needs = union(markets.map(({ refill, known }) => refill.agentNeeds(known.market, agent)))
  const sold = needs.tokens.filter(({ role }) => role === 'won')
  const selling = markets.filter(({ refill, known }) =>
    refill.agentNeeds(known.market, agent).tokens.some(({ role }) => role === 'won'),
  )
  const routers = [...new Set(selling.map(({ config }) => config.router))]
  const native: WantedHolding = {
    ...{ token: wrappedNative, symbol: 'wrapped native token', pots: [walletPot(wrappedNative, agent, 1n)] },
    limits: { perRun: 0n, perDay: 0n, floorRate: 0n },
  }
  return {
    operators,
    functions: [
      ...needs.functions,
      ...routers.map((target) => ({
        name: 'sales (exactInputSingle)',
        target,
        selector: sale,
        selfArguments: 1n << 3n,
      })),
    ],
    rights: needs.rights,
    approvals: [
      ...needs.approvals,
      ...sold.flatMap(({ token, symbol }) => routers.map((spender) => ({ token, symbol, spender }))),
    ],
    holdings: [
      native,
      ...needs.tokens
        .filter(({ token }) => token !== wrappedNative)
        .map((token): WantedHolding => ({ ...token, limits: limitsOf(token, options) })),
    ],
  }
}

/** Every limit that a holding still lacks must be given: one line that names all, or nothing. */
export function requireLimits(wanted: WantedAgent, held: readonly (Address | null)[]): void {
  const bare = wanted.holdings.filter(({ token, limits }) => limits === null && !held.includes(token))
  if (bare.length === 0) return
  throw new SettingsError(
    '--coins-per-run, --coins-per-day, --tokens-per-run, --tokens-per-day, --floor',
    `limits of ${bare.map(({ symbol }) => symbol).join(' and ')} are not given: say what may leave in one run and in one day (whole tokens), and the least native tokens for which one won token is sold`,
  )
}

/** The plan as people read it, one line each. */
export function describeAgent(owner: Address, wanted: WantedAgent): string[] {
  const limitText = ({ symbol, pots, limits }: WantedHolding): string => {
    if (limits === null) return `${symbol}: as they are`
    if (limits.perRun === 0n) return `${symbol}: none leaves`
    const whole = (units: bigint): string => formatUnits(units / (pots[0]?.scale ?? 1n), 18)
    const floor =
      limits.floorRate === 0n ? '' : `, for at least ${formatUnits(limits.floorRate, 18)} native tokens each`
    return `${symbol}: ${whole(limits.perRun)} per run, ${whole(limits.perDay)} per day${floor}`
  }
  return [
    `owner         ${owner}`,
    ...wanted.operators.map((a) => `operator      ${a}`),
    ...wanted.holdings.map((one) => `limits        ${limitText(one)}`),
    ...wanted.rights.map(({ name }) => `right         ${name}`),
    ...wanted.approvals.map(({ symbol, spender }) => `approval      ${symbol} to ${spender}`),
    ...wanted.functions.map(({ name, target, selector }) => `calls to      ${target} ${selector} ${name}`),
  ]
}
