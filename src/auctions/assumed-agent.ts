import { toBeHex } from 'ethers'
import type { Address, AssumingReader, CallRequest, Hex, StateOverride } from '../domain/chain.js'
import { ERC20 } from '../domain/erc20.js'
import { RpcError } from '../chain/rpc-error.js'
import { agentArtifact } from './agent-artifact.js'
import type { WantedAgent } from './agent-setup.js'
import { agentState } from './agent-state.js'
import { findSlots } from './slot-search.js'

/** What an agent that does not exist is taken to hold: so much of a token, in its wallet. Raw units. */
export interface AssumedCoins {
  readonly token: Address
  readonly symbol: string
  readonly amount: bigint
}

export interface AssumedAgent {
  readonly state: StateOverride
  /** What could not be assumed, one line each: with it the auctions would look different. */
  readonly lacks: readonly string[]
}

/** PUSH1 42, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN. */
const ANSWERS_42: Hex = '0x602a60005260206000f3'
/** An allowance that no bid uses up, and the word that says yes. */
const AMPLE = 2n ** 200n
const YES = 1n

/** Whether the node lets a call see another state; one that ignores the wish answers with the chain's own. */
export async function canAssume(reader: AssumingReader, at: Address, block: number): Promise<boolean> {
  try {
    const [answer] = await reader.assuming({ [at]: { code: ANSWERS_42 } }).calls([{ to: at, data: '0x' }], block)
    return answer?.ok === true && answer.data.length === 66 && BigInt(answer.data) === 42n
  } catch (error) {
    if (error instanceof RpcError) return false
    throw error
  }
}

/**
 * State in which an agent with everything of `wanted` is at `agent`, its rights and allowances are given, and it holds
 * `coins`. Nothing of it is on the chain. Where tokens and engines keep what belongs to it is found by asking, once.
 */
export async function assumeAgent(
  reader: AssumingReader,
  agent: Address,
  owner: Address,
  wanted: WantedAgent,
  coins: readonly AssumedCoins[],
  block: number,
): Promise<AssumedAgent> {
  const grants: Grant[] = [
    ...wanted.rights.map(({ name, standing }) => ({ what: name, view: standing, value: YES })),
    ...wanted.approvals.map(({ token, symbol, spender }) => ({
      ...{ what: `${spender} may take ${symbol}`, view: ERC20.allowance(token, agent, spender), value: AMPLE },
    })),
    ...coins.map(({ token, symbol, amount }) => ({
      ...{ what: `it holds ${symbol}`, view: ERC20.balanceOf(token, agent), value: amount },
    })),
  ]
  const views = grants.map(({ view }) => view)
  const slots = await findSlots(reader, views, block)
  const diffs: Record<Address, Record<Hex, Hex>> = { [agent]: agentState(owner, wanted) }
  for (const [i, { view, value }] of grants.entries()) {
    const slot = slots[i]
    if (slot) (diffs[view.to] ??= {})[slot] = toBeHex(value, 32) as Hex
  }
  const code = agentArtifact().runtime
  const state: StateOverride = Object.fromEntries(
    Object.entries(diffs).map(([to, stateDiff]) => [to, to === agent ? { code, stateDiff } : { stateDiff }]),
  )
  const lacks = grants.filter((_, i) => !slots[i]).map(({ what, view }) => `${what} (${view.to} does not tell where)`)
  return { state, lacks }
}

interface Grant {
  readonly what: string
  readonly view: CallRequest
  readonly value: bigint
}
