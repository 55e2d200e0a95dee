import type { AgentNeeds, AgentToken } from '../auctions/agent-needs.js'
import { freshAgent, setupSteps, type Limits } from '../auctions/agent-setup.js'
import { NOTHING, wantedAgent } from '../auctions/wanted-agent.js'
import type { Address } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { WAD } from '../domain/maths.js'
import { ownContract } from './artifacts/own-contracts.js'
import type { Contract, Deployer, Receipt } from './deployer.js'

export interface AgentPlan {
  readonly owner: Address
  readonly operators: readonly Address[]
  readonly router: Address
  readonly native: Address
  /** What its market needs of an agent at this address. */
  readonly needs: (agent: Address) => AgentNeeds
  /** Whole tokens (18 decimals) that may leave in one run and in one day; absent: none. */
  readonly coins?: readonly [bigint, bigint]
  readonly tokens?: readonly [bigint, bigint]
  /** Least wei of the native token per whole won token. */
  readonly floorWei?: bigint
}

const GAS = '0x989680'

/** Deploys an agent and sends what `keeper deploy-agent` sends: everything that its owner has to set. */
export async function placeAgent(on: Deployer, plan: AgentPlan): Promise<Contract> {
  const { owner, operators, router, native: wrappedNative } = plan
  const agent = await on.deploy(ownContract('AuctionAgent'), [owner, operators])
  const { address } = agent
  const markets = [{ needs: plan.needs(address), router }]
  const wanted = wantedAgent(markets, (token) => limitsOf(token, plan), { agent: address, operators, wrappedNative })
  for (const { text, call } of setupSteps(address, wanted, freshAgent(wanted))) {
    const receipt = (await on.rpc('eth_sendTransactionSync', [{ ...call, from: owner, gas: GAS }])) as Receipt
    if (receipt.status !== '0x1') throw new KeeperError('devnet-revert', `setting up the agent reverted: ${text}`)
  }
  return agent
}

function limitsOf({ role, pots }: AgentToken, { coins, tokens, floorWei = 0n }: AgentPlan): Limits {
  const [perRun, perDay] = (role === 'paid' ? coins : tokens) ?? [0n, 0n]
  const whole = WAD * (pots[0]?.scale ?? 1n)
  return { ...NOTHING, perRun: perRun * whole, perDay: perDay * whole, floorRate: role === 'won' ? floorWei : 0n }
}
