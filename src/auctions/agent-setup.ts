import { Interface } from 'ethers'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { toAddress, type Address, type CallRequest, type CallResult, type Hex, type Reader } from '../domain/chain.js'
import { BALANCE_OF, ERC20 } from '../domain/erc20.js'
import { KeeperError } from '../domain/errors.js'
import type { AgentFunction, AgentNeeds, AgentPot, AgentToken } from './agent-needs.js'

const AGENT = new Interface(AUCTION_AGENT)
const EVERYTHING = 2n ** 256n - 1n
/** An allowance of at least this much never runs out in practice. */
const AMPLE = 2n ** 128n

/** Units of the holding; `floorRate`: of the floor's holding per 1e18 units that leave, 0 asks for nothing. */
export interface Limits {
  readonly perRun: bigint
  readonly perDay: bigint
  readonly floorRate: bigint
}

/** Limits null: those of a holding that exists stay as they are. */
export interface WantedHolding extends Pick<AgentToken, 'token' | 'symbol' | 'decimals' | 'pots'> {
  readonly limits: Limits | null
}

/** Everything that an agent shall have. What is sold must bring the first holding, the wrapped native token. */
export interface WantedAgent extends Pick<AgentNeeds, 'functions' | 'rights' | 'approvals'> {
  readonly operators: readonly Address[]
  readonly holdings: readonly [WantedHolding, ...WantedHolding[]]
}

/** One transaction of the owner. */
export interface SetupStep {
  readonly text: string
  readonly call: CallRequest
  /** Bound of what it uses, for agents that do not exist yet; a test compares it with real ones. */
  readonly gas: bigint
}

const GAS = { flag: 60_000n, right: 90_000n, approval: 80_000n, limits: 120_000n, holding: 140_000n, pot: 160_000n }

interface HeldNow extends Limits {
  readonly token: Address | null
  readonly floorTo: bigint
}

/** What an agent already has; one entry per entry of the wanted. */
export interface AgentNow {
  readonly operators: readonly boolean[]
  readonly functions: readonly boolean[]
  readonly rights: readonly boolean[]
  readonly approvals: readonly boolean[]
  readonly holdings: readonly HeldNow[]
}

/** An agent as its deployment leaves it. */
export const freshAgent = (wanted: WantedAgent): AgentNow => ({
  operators: wanted.operators.map(() => true),
  functions: wanted.functions.map(() => false),
  rights: wanted.rights.map(() => false),
  approvals: wanted.approvals.map(() => false),
  holdings: [],
})

const ask = (agent: Address, name: string, args: readonly unknown[] = []): CallRequest => ({
  to: agent,
  data: AGENT.encodeFunctionData(name, [...args]) as Hex,
})

/** Reads what `agent` has of `wanted`. Throws `KeeperError('agent-unreadable')` with the call that failed. */
export async function readAgentNow(
  reader: Reader,
  agent: Address,
  wanted: WantedAgent,
  block: number,
): Promise<AgentNow> {
  const groups: readonly CallRequest[][] = [
    wanted.operators.map((one) => ask(agent, 'isOperator', [one])),
    wanted.functions.map(({ target, selector }) => ask(agent, 'ruleOf', [target, selector])),
    wanted.rights.map(({ standing }) => standing),
    wanted.approvals.map(({ token, spender }) => ERC20.allowance(token, agent, spender)),
    [ask(agent, 'holdings')],
  ]
  const calls = groups.flat()
  const answers = (await reader.calls(calls, block)).map((result, i) => answered(result, calls[i]))
  const parts = groups.map(({ length }) => answers.splice(0, length))
  const word = (data: Hex, i = 0): bigint => BigInt(`0x${data.slice(2 + 64 * i, 66 + 64 * i) || '0'}`)
  const [operators = [], functions = [], rights = [], approvals = [], [holdings = '0x'] = []] = parts
  return {
    operators: operators.map((data) => word(data) !== 0n),
    functions: functions.map((data, i) => wanted.functions.some((one, j) => i === j && data === encodedRule(one))),
    rights: rights.map((data) => word(data) !== 0n),
    approvals: approvals.map((data) => word(data) >= AMPLE),
    holdings: heldNow(holdings),
  }
}

/** The rule of a function that may be called, as AgentPolicy keeps it. */
export const ruleOf = ({ selfArguments, sale }: AgentFunction): readonly [boolean, boolean, ...bigint[]] => {
  const { tokenIn, tokenOut, amountIn } = sale ?? { tokenIn: 0, tokenOut: 0, amountIn: 0 }
  return [true, sale !== undefined, BigInt(tokenIn), BigInt(tokenOut), BigInt(amountIn), selfArguments]
}

const encodedRule = (one: AgentFunction): Hex => AGENT.encodeFunctionResult('ruleOf', [...ruleOf(one)]) as Hex

function answered(result: CallResult | undefined, call: CallRequest | undefined): Hex {
  if (result?.ok === true && result.data !== '0x') return result.data
  throw new KeeperError('agent-unreadable', `a call to ${call?.to ?? ''} (${call?.data.slice(0, 10) ?? ''}) failed`)
}

interface RawHolding extends Limits {
  readonly pots: readonly { readonly target: string; readonly query: string }[]
  readonly floorTo: bigint
}

const heldNow = (data: Hex): HeldNow[] =>
  (AGENT.decodeFunctionResult('holdings', data)[0] as readonly RawHolding[]).map(
    ({ pots, perRun, perDay, floorTo, floorRate }) => {
      const wallet = pots.find(({ query }) => query.startsWith(BALANCE_OF))
      return { token: wallet === undefined ? null : toAddress(wallet.target), perRun, perDay, floorTo, floorRate }
    },
  )

/** The owner's transactions that give `agent` what it lacks, in order: limits come before anything may leave. Pure. */
export function setupSteps(agent: Address, wanted: WantedAgent, now: AgentNow): SetupStep[] {
  const step = (text: string, name: string, args: readonly unknown[], gas: bigint): SetupStep => ({
    ...{ text, call: ask(agent, name, args), gas },
  })
  const missing = <T>(all: readonly T[], has: readonly boolean[]): T[] => all.filter((_, i) => has[i] !== true)
  return [
    ...holdingSteps(wanted, now, step),
    ...missing(wanted.operators, now.operators).map((a) => step(`operator ${a}`, 'setOperator', [a, true], GAS.flag)),
    ...missing(wanted.rights, now.rights).map(({ name, call }) =>
      step(name, 'asOwner', [call.to, call.data], GAS.right),
    ),
    ...missing(wanted.approvals, now.approvals).map(({ token, symbol, spender }) =>
      step(`${spender} may take ${symbol}`, 'approve', [token, spender, EVERYTHING], GAS.approval),
    ),
    ...missing(wanted.functions, now.functions).map((one) =>
      step(`allow ${one.name}`, 'setCall', [one.target, one.selector, ruleOf(one)], GAS.flag),
    ),
  ]
}

type Step = (text: string, name: string, args: readonly unknown[], gas: bigint) => SetupStep

function holdingSteps({ holdings }: WantedAgent, now: AgentNow, step: Step): SetupStep[] {
  const order = [
    ...now.holdings.map(({ token }) => token),
    ...holdings.map(({ token }) => token).filter((token) => !now.holdings.some((one) => one.token === token)),
  ]
  const floorTo = BigInt(order.indexOf(holdings[0].token))
  return holdings.flatMap(({ token, symbol, pots, limits }) => {
    const id = now.holdings.findIndex((one) => one.token === token)
    const held = now.holdings[id]
    if (limits === null) return []
    const { perRun, perDay, floorRate } = limits
    const floor = [floorRate === 0n ? 0n : floorTo, floorRate]
    if (held === undefined) {
      const holding = [
        pots.map(({ target, query, scale }: AgentPot) => [target, query, scale]),
        perRun,
        perDay,
        ...floor,
      ]
      return [step(`limits of ${symbol}`, 'addHolding', [holding], GAS.holding + GAS.pot * BigInt(pots.length))]
    }
    const same = held.perRun === perRun && held.perDay === perDay && held.floorRate === floorRate
    if (same && (floorRate === 0n || held.floorTo === floorTo)) return []
    return [step(`limits of ${symbol}`, 'setLimits', [BigInt(id), perRun, perDay, ...floor], GAS.limits)]
  })
}
