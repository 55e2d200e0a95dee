import { Interface } from 'ethers'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import type { Address, Hex, Reader } from '../domain/chain.js'
import { BALANCE_OF } from '../domain/erc20.js'
import { KeeperError } from '../domain/errors.js'
import { WAD, divCeil } from '../domain/maths.js'
import { toAddress } from '../domain/chain.js'
import type { AgentCall } from './venue.js'

const AGENT = new Interface(AUCTION_AGENT)

/** One holding of the agent: a token, and how many of the holding's units make one raw unit of it. */
export interface AgentHolding {
  readonly id: number
  readonly token: Address
  readonly unit: bigint
  readonly floorTo: number
  readonly floorRate: bigint
}

/** What the owner's limits leave of one holding, in raw units of its token, rounded down. */
export interface HoldingRoom {
  readonly sum: bigint
  readonly perRun: bigint
  readonly left: bigint
}

export const encodeRun = (deadlineBlock: number, deadlineTime: bigint, calls: readonly AgentCall[]): Hex =>
  AGENT.encodeFunctionData('run', [
    deadlineBlock,
    deadlineTime,
    calls.map(({ to, data }) => ({ target: to, data })),
  ]) as Hex

interface RawHolding {
  readonly pots: readonly { readonly target: string; readonly query: string; readonly scale: bigint }[]
  readonly floorTo: bigint
  readonly floorRate: bigint
}

/** The agent's owner and holdings, and the first of our operators that it does not obey. A holding is known by the token whose `balanceOf` is among its pots. */
export async function readAgent(
  reader: Reader,
  agent: Address,
  operators: readonly Address[],
  block: number,
): Promise<{ readonly owner: Address; readonly stranger: Address | null; readonly holdings: readonly AgentHolding[] }> {
  const ask = (name: string, args: readonly unknown[] = []) => ({
    to: agent,
    data: AGENT.encodeFunctionData(name, [...args]) as Hex,
  })
  const results = await reader.calls(
    [ask('owner'), ask('holdings'), ...operators.map((one) => ask('isOperator', [one]))],
    block,
  )
  const names = ['owner', 'holdings', ...operators.map(() => 'isOperator')]
  const [owner, holdings, ...obeys] = names.map((name, i) => {
    const result = results[i]
    if (result?.ok !== true || result.data === '0x')
      throw new KeeperError(
        'agent-unreadable',
        `AUCTION_AGENT_ADDRESS ${agent}: ${name}() cannot be read: is it an AuctionAgent?`,
      )
    return AGENT.decodeFunctionResult(name, result.data)[0] as unknown
  })
  const known = (holdings as readonly RawHolding[]).flatMap(({ pots, floorTo, floorRate }, id): AgentHolding[] => {
    const pot = pots.find(({ query }) => query.startsWith(BALANCE_OF))
    if (pot === undefined) return []
    return [{ id, token: toAddress(pot.target), unit: pot.scale, floorTo: Number(floorTo), floorRate }]
  })
  return {
    owner: toAddress(String(owner)),
    stranger: operators.find((_, i) => obeys[i] !== true) ?? null,
    holdings: known,
  }
}

/** Room of each holding at `block`. */
export async function readRooms(
  reader: Reader,
  agent: Address,
  holdings: readonly AgentHolding[],
  block: number,
): Promise<HoldingRoom[]> {
  const asks = holdings.map(({ id }) => ({ to: agent, data: AGENT.encodeFunctionData('standing', [id]) as Hex }))
  const results = await reader.calls(asks, block)
  return holdings.map(({ unit }, i) => {
    const result = results[i]
    if (result?.ok !== true) throw new KeeperError('agent-unreadable', `the agent ${agent} does not tell its limits`)
    const [sum, perRun, left] = AGENT.decodeFunctionResult('standing', result.data).toArray() as bigint[]
    return { sum: (sum ?? 0n) / unit, perRun: (perRun ?? 0n) / unit, left: (left ?? 0n) / unit }
  })
}

/** Least raw units of the floor's token for which `amount` of the holding may be sold, rounded up; null: it may not be. */
export function floorOf(holding: AgentHolding, holdings: readonly AgentHolding[], amount: bigint): bigint | null {
  const to = holdings.find(({ id }) => id === holding.floorTo)
  if (holding.floorRate === 0n || to === undefined) return null
  return divCeil(amount * holding.unit * holding.floorRate, WAD * to.unit)
}
