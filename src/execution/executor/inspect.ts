import { toAddress, type Address, type Hex, type Reader } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { isExecutorCode } from './artifact.js'
import type { AllowedTarget } from './deploy.js'
import { executorInterface } from './interface.js'

/** What the start-up check asks about; the answer names those that are allowed. */
export interface ExecutorQuestions {
  readonly operator: Address
  readonly factories: readonly Address[]
  readonly lenders: readonly Address[]
  readonly targets: readonly AllowedTarget[]
}

export interface ExecutorReport {
  /** The runtime code is the one this program was built with, but for the wrapped native token. */
  readonly codeMatches: boolean
  readonly owner: Address
  readonly payout: Address
  readonly wrappedNative: Address
  readonly maxBidBps: number
  readonly operatorAllowed: boolean
  readonly factories: readonly Address[]
  readonly lenders: readonly Address[]
  readonly targets: readonly AllowedTarget[]
}

/**
 * Reads a deployed executor at one block, for start-up checks and `doctor`. With other code at the address the report
 * says so without asking it anything. Throws `KeeperError('executor-unreadable')` when a getter fails or answers nonsense.
 */
export async function inspectExecutor(
  reader: Pick<Reader, 'calls' | 'code'>,
  executor: Address,
  ask: ExecutorQuestions,
  block: number,
): Promise<ExecutorReport> {
  if (!isExecutorCode(await reader.code(executor, block))) return STRANGER
  const questions: readonly (readonly [name: string, args: readonly unknown[]])[] = [
    ['owner', []],
    ['payout', []],
    ['wrappedNative', []],
    ['maxBidBps', []],
    ['isOperator', [ask.operator]],
    ...ask.factories.map((a) => ['isFactory', [a]] as const),
    ...ask.lenders.map((a) => ['isLender', [a]] as const),
    ...ask.targets.map((t) => ['isTarget', [t.target, t.selector]] as const),
  ]
  const results = await reader.calls(
    questions.map(([name, args]) => ({
      to: executor,
      data: executorInterface.encodeFunctionData(name, args) as Hex,
    })),
    block,
  )
  const answers = questions.map(([name], i) => answerOf(executor, name, results[i]))
  const [owner, payout, wrappedNative, maxBidBps, operatorAllowed, ...allowed] = answers
  const yes = <T>(list: readonly T[], from: number): T[] => list.filter((_, i) => allowed[from + i] === true)
  return {
    codeMatches: true,
    owner: toAddress(String(owner)),
    payout: toAddress(String(payout)),
    wrappedNative: toAddress(String(wrappedNative)),
    maxBidBps: Number(maxBidBps),
    operatorAllowed: operatorAllowed === true,
    factories: yes(ask.factories, 0),
    lenders: yes(ask.lenders, ask.factories.length),
    targets: yes(ask.targets, ask.factories.length + ask.lenders.length),
  }
}

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)
const STRANGER: ExecutorReport = {
  codeMatches: false,
  owner: NOBODY,
  payout: NOBODY,
  wrappedNative: NOBODY,
  maxBidBps: 0,
  operatorAllowed: false,
  factories: [],
  lenders: [],
  targets: [],
}

function answerOf(executor: Address, name: string, result: { ok: boolean; data: Hex } | undefined): unknown {
  if (result?.ok !== true || result.data.length !== 66)
    throw new KeeperError(
      'executor-unreadable',
      `EXECUTOR_ADDRESS ${executor}: ${name}() cannot be read from this endpoint`,
    )
  return executorInterface.decodeFunctionResult(name, result.data)[0]
}
