import { Interface } from 'ethers'
import { UNISWAP_V3_ROUTER } from '../../abis/uniswap-v3-router.js'
import type { Address, Hex } from '../domain/chain.js'
import { walletPot, type AgentNeeds, type AgentToken, type SaleWords } from './agent-needs.js'
import type { Limits, WantedAgent, WantedHolding } from './agent-setup.js'

const SALE = new Interface(UNISWAP_V3_ROUTER).getFunction('exactInputSingle')?.selector as Hex
/** Argument words of a sale: tokenIn, tokenOut, fee, recipient, deadline, amountIn, amountOutMinimum, sqrtPriceLimitX96. */
const SALE_WORDS: SaleWords = { tokenIn: 0, tokenOut: 1, amountIn: 5 }
const RECIPIENT = 1n << 3n

/** What one market needs, and the router through which what is won there is sold. */
export interface MarketNeeds {
  readonly needs: AgentNeeds
  readonly router: Address
}

export interface AgentFrame {
  readonly agent: Address
  readonly operators: readonly Address[]
  readonly wrappedNative: Address
}

/** Nothing may leave. */
export const NOTHING: Limits = { perRun: 0n, perDay: 0n, floorRate: 0n }

/** What one market only keeps may leave where another pays with it. */
const RANK = { kept: 0, won: 1, paid: 2 } as const

/** Of several markets each thing once; a token's pots of all, and the role in which most may leave. */
function union(needs: readonly AgentNeeds[]): AgentNeeds {
  const once = <T>(all: readonly T[], key: (one: T) => string): T[] => [
    ...new Map(all.map((one) => [key(one), one])).values(),
  ]
  const tokens = new Map<Address, AgentToken>()
  for (const token of needs.flatMap((one) => one.tokens)) {
    const known = tokens.get(token.token)
    const pots = [...(known?.pots ?? []), ...token.pots]
    const role = known !== undefined && RANK[known.role] > RANK[token.role] ? known.role : token.role
    tokens.set(token.token, { ...token, role, pots: once(pots, ({ target, query }) => target + query) })
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

/** What an agent for these markets shall have; `limitsOf` is asked for what is paid or won. Throws what that throws. Pure. */
export function wantedAgent(
  markets: readonly MarketNeeds[],
  limitsOf: (token: AgentToken) => Limits | null,
  { agent, operators, wrappedNative }: AgentFrame,
): WantedAgent {
  const needs = union(markets.map((market) => market.needs))
  const isWon = ({ role }: AgentToken): boolean => role === 'won'
  const sold = needs.tokens.filter(isWon)
  const selling = markets.filter((market) => market.needs.tokens.some(isWon))
  const routers = [...new Set(selling.map(({ router }) => router))]
  const native: WantedHolding = {
    ...{ token: wrappedNative, symbol: 'wrapped native token', decimals: 18 },
    ...{ pots: [walletPot(wrappedNative, agent, 1n)], limits: NOTHING },
  }
  return {
    operators,
    functions: [
      ...needs.functions,
      ...routers.map((target) => ({
        ...{ name: 'sales (exactInputSingle)', target, selector: SALE, selfArguments: RECIPIENT, sale: SALE_WORDS },
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
        .map((token): WantedHolding => ({ ...token, limits: token.role === 'kept' ? NOTHING : limitsOf(token) })),
    ],
  }
}
