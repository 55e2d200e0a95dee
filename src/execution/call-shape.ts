import type { Opportunity } from '../domain/opportunity.js'
import type { Step } from '../domain/steps.js'

/** The liquidations of an opportunity. Amounts are no part of it: interest moves them by some wei every block. */
export const liquidationsOf = ({ legs }: Opportunity): string =>
  legs.map((leg) => `${leg.market}/${leg.position} ${leg.plan.collateral.address} ${leg.plan.debt.address}`).join(' ')

/**
 * What runs, with whom and in which order, without amounts: a call that passed stands for every other of its shape with no
 * larger amounts. Operators are all alike to the executor, so the sender is no part of it.
 */
export const shapeOf = (opportunity: Opportunity): string =>
  `${liquidationsOf(opportunity)} ${stepsOf(opportunity.order.steps)}`

/** The same as if it paid on the chain as it is. */
export const withoutBehind = ({ behind, ...alone }: Opportunity): Opportunity =>
  behind === undefined ? { ...alone } : alone

const stepsOf = (steps: readonly Step[]): string => `(${steps.map(stepOf).join(' ')})`

function stepOf(step: Step): string {
  switch (step.kind) {
    case 'call':
      return `${step.target} ${step.data.slice(0, 10)}`
    case 'swap':
      return `${step.pool} ${step.tokenIn} ${step.tokenOut}`
    case 'flashSwap':
      return `${step.pool} ${step.mode} ${step.tokenIn} ${step.tokenOut} ${stepsOf(step.body)}`
    case 'flashLoan':
      return `${step.lender} ${step.token} ${stepsOf(step.body)}`
    case 'attempt':
      return `attempt ${stepsOf(step.body)}`
    case 'expect':
      return `${step.target} ${step.bound}`
  }
}
