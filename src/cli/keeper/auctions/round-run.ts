import type { Action, Round } from '../../../auctions/round.js'
import type { AgentCall } from '../../../auctions/venue.js'
import { maxOf } from '../../../domain/maths.js'
import type { AgentLeg } from './agent-opportunity.js'
import { auctionToken, price8, type DeskBlock, type DeskOptions } from './desk-block.js'
import type { AgentRunParts } from './desk-run.js'
import type { RunTrials } from './run-trials.js'

/**
 * Of a round what may stand in one run. Auctions that are started get their numbers one behind the other, so they are tried by the
 * name of the first.
 */
export function triedRound(trials: RunTrials, round: Round, block: number): Round {
  const first = round.actions.find(({ kind }) => kind === 'start')
  const nameOf = ({ kind, name }: Action): string => (kind === 'start' ? (first?.name ?? name) : name)
  const actions = trials.together(round.actions, nameOf, block)
  const pay = actions.reduce((sum, { kind, terms }) => (kind === 'settle' ? sum : sum + terms.pay), 0n)
  return { ...round, actions, pay }
}

/** A round as one run: what settlements bring home first, then the coins that must be joined, then what is paid with them. */
export function roundRun(options: DeskOptions, block: DeskBlock, round: Round): AgentRunParts {
  const { actions } = round
  return {
    legs: actions.map((action) => actionLeg(options, block, action)),
    calls: [
      ...actions.filter(({ kind }) => kind === 'settle').flatMap(({ calls }) => calls),
      ...joinCalls(options, block, round),
      ...actions.filter(({ kind }) => kind !== 'settle').flatMap(({ calls }) => calls),
    ],
  }
}

function actionLeg(
  options: DeskOptions,
  block: DeskBlock,
  { kind, name, payToken, getToken, terms, expected, gas }: Action,
): AgentLeg {
  const { exits } = block.scene
  const { baseFeeWei, tipWei } = block.fees
  const gain = expected < 0n ? -(exits.weiOf(-expected) ?? 0n) : (exits.weiOf(expected) ?? 0n)
  // expected after its gas, while the gate takes the gas from the gain: here it is added again
  const gasWei = kind === 'settle' ? 0n : gas * (baseFeeWei + tipWei)
  return {
    ...{ name, what: kind, gas, gainWei: gain + gasWei },
    pay: {
      token: auctionToken(payToken, 'pay'),
      amount: kind === 'settle' ? 0n : terms.pay,
      price8: price8(options, block, payToken),
    },
    get: { token: auctionToken(getToken, 'won'), amount: terms.get, price8: price8(options, block, getToken) },
  }
}

/** Coins of the wallet that the bids need beyond what is inside the protocol already. */
function joinCalls(options: DeskOptions, { scene }: DeskBlock, { pay }: Round): readonly AgentCall[] {
  const { refill, known } = options.scenes.market
  return refill.encodeJoin(known.market, options.agent, maxOf(0n, pay - scene.capital.internal))
}
