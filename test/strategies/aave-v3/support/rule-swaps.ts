import {
  mulDivCeil,
  mulDivFloor,
  percentDivCeil,
  percentDivFloor,
  percentDivHalfUp,
  percentMulCeil,
  percentMulFloor,
  percentMulHalfUp,
  rayDivCeil,
  rayDivFloor,
  rayDivHalfUp,
  rayMulCeil,
  rayMulFloor,
  rayMulHalfUp,
} from '../../../../src/domain/maths.js'
import { type RuleSet, rulesFor } from '../../../../strategies/aave-v3/rules.js'
import type { AaveState } from '../../../../strategies/aave-v3/state.js'
import { judgeVector } from './judge-vector.js'
import { type VectorFile, readVectors, stateOf } from './vector-file.js'

const RAY_MUL = [rayMulHalfUp, rayMulFloor, rayMulCeil]
const RAY_DIV = [rayDivHalfUp, rayDivFloor, rayDivCeil]
const PERCENT_MUL = [percentMulHalfUp, percentMulFloor, percentMulCeil]
const PERCENT_DIV = [percentDivHalfUp, percentDivFloor, percentDivCeil]
const EITHER = [true, false]

/** Every rule that a call or a reading of an account shows, with all the values it has in any revision and some it has in none. */
const CHOICES = {
  eMode: ['category', 'bitmap'],
  interest: ['binomial', 'taylor'],
  collateralBalance: RAY_MUL,
  debtBalance: RAY_MUL,
  debtBase: [mulDivFloor, mulDivCeil],
  collateralScaled: RAY_DIV,
  debtScaled: RAY_DIV,
  averagedThreshold: EITHER,
  ownThresholdRequired: EITHER,
  closeFactor: ['reserve', 'position'],
  dustRule: EITHER,
  deficit: ['none', 'by-base', 'by-scaled'],
  gracePeriod: EITHER,
  sentinel: EITHER,
  withBonus: PERCENT_MUL,
  debtNeeded: PERCENT_DIV,
  withoutBonus: PERCENT_DIV,
  protocolFee: PERCENT_MUL,
} as const satisfies { readonly [K in keyof RuleSet]?: readonly RuleSet[K][] }

export interface SwapReport {
  readonly swaps: number
  /** Swaps that no recorded figure contradicts. */
  readonly unnoticed: readonly string[]
}

/** Replaces one rule of one revision at a time by each of its other values and asks whether the recorded figures notice. */
export function swapRules(revisions: readonly number[]): SwapReport {
  const unnoticed: string[] = []
  let swaps = 0
  for (const revision of revisions) {
    const file = readVectors(revision)
    const states = file.scenarios.map((scenario) => stateOf(file, scenario))
    const rules = rulesFor(revision)
    for (const [name, values] of Object.entries(CHOICES)) {
      for (const value of values) {
        if (value === rules[name as keyof RuleSet]) continue
        swaps++
        for (const state of states) state.rules = { ...rules, [name]: value }
        const label = typeof value === 'function' ? value.name : String(value)
        if (!noticed(file, states)) unnoticed.push(`revision ${String(revision)}: ${name} = ${label}`)
      }
    }
  }
  return { swaps, unnoticed }
}

function noticed(file: VectorFile, states: readonly AaveState[]): boolean {
  return file.cases.some((one) => {
    const state = states[one.s]
    return state === undefined || judgeVector(file, state, one).differences.length > 0
  })
}

if (require.main === module) process.stdout.write(`${JSON.stringify(swapRules(process.argv.slice(2).map(Number)))}\n`)
