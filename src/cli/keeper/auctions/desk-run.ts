import type { AgentCall } from '../../../auctions/venue.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import { agentOpportunity, type AgentLeg } from './agent-opportunity.js'
import { lossLeftAt, type DeskBlock, type DeskOptions } from './desk-block.js'

/** What a run of the agent does, and the calls that do it. */
export interface AgentRunParts {
  readonly legs: readonly AgentLeg[]
  readonly calls: readonly AgentCall[]
}

/** The run as it is offered for the next blocks. `canWait`: it is housekeeping, behind everything that earns. */
export function deskRun(
  options: DeskOptions,
  block: DeskBlock,
  { legs, calls }: AgentRunParts,
  canWait = false,
): Opportunity {
  const { scenes, chain, settings, agent } = options
  const { fees, valuation } = block
  const { head, rooms, data } = block.scene
  return agentOpportunity({
    ...{
      chainId: chain.id,
      market: scenes.market.known.market.id,
      agent,
      holdings: rooms.size,
      legs,
      calls,
      data,
      ...fees,
    },
    ...{ deadlineBlock: head.number + settings.orderLifetimeBlocks, deadlineTime: block.horizon.deadline },
    // fees are part of the budget, so they are compared with it too
    valueWei: settings.mode === 'backstop' ? gains(legs) + valuation.weiOfUsd8(lossLeftAt(options, block)) : null,
    usd8: (wei) => valuation.usd8(wei),
    wrappedNative: chain.wrappedNative,
    ...(canWait ? { housekeeping: true } : {}),
  })
}

const gains = (legs: readonly AgentLeg[]): bigint =>
  legs.reduce((sum, { gainWei }) => (gainWei > 0n ? sum + gainWei : sum), 1n)
