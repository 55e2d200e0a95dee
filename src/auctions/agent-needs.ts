import type { Address, CallRequest, Hex } from '../domain/chain.js'
import { ERC20 } from '../domain/erc20.js'

/** Argument words of a call that sells: what is given, what is taken for it, how much is given. */
export interface SaleWords {
  readonly tokenIn: number
  readonly tokenOut: number
  readonly amountIn: number
}

/** A function that operators may call through the agent; bit i of `selfArguments`: argument word i must be the agent. */
export interface AgentFunction {
  readonly name: string
  readonly target: Address
  readonly selector: Hex
  readonly selfArguments: bigint
  /** Absent: it sells nothing. */
  readonly sale?: SaleWords
}

/** One place where a token lies: a balance that `query` reads from `target`, times `scale`. */
export interface AgentPot {
  readonly target: Address
  readonly query: Hex
  readonly scale: bigint
}

/** `paid` and `won` leave the agent within limits; what is only `kept` never does. */
export interface AgentToken {
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly role: 'paid' | 'won' | 'kept'
  /** The first is the wallet; its scale is the holding's units per raw unit of the token. */
  readonly pots: readonly AgentPot[]
}

/** A call that the owner makes in the agent's name; not needed where `standing` answers something else than zero. */
export interface AgentRight {
  readonly name: string
  readonly call: CallRequest
  readonly standing: CallRequest
}

/** What an agent must have for one market, beside operators and limits. */
export interface AgentNeeds {
  readonly functions: readonly AgentFunction[]
  readonly tokens: readonly AgentToken[]
  readonly rights: readonly AgentRight[]
  readonly approvals: readonly { readonly token: Address; readonly symbol: string; readonly spender: Address }[]
}

/** The wallet of `holder` as a pot; `scale`: units per raw unit. */
export const walletPot = (token: Address, holder: Address, scale: bigint): AgentPot => ({
  ...{ target: token, query: ERC20.balanceOf(token, holder).data, scale },
})
