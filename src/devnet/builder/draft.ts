import type { SignedTransaction } from '../proxy/decoded.js'
import { takeExecutable, type Nonces } from '../proxy/executable.js'
import { RpcFault } from '../proxy/json-rpc.js'
import type { Hidden } from './mev-share/hidden-pool.js'
import type { BlockEnvironment, Execution } from './simulator.js'
import type { DropReason } from './submission.js'

/** Executes `transactions` after `prefix`, with the block's own coinbase or with one nobody can know. */
export type Simulate = (
  prefix: readonly SignedTransaction[],
  transactions: readonly SignedTransaction[],
  coinbase: 'own' | 'random',
) => Promise<Execution[]>

export interface Candidate {
  readonly id: number
  readonly transactions: readonly SignedTransaction[]
  readonly mayRevert: ReadonlySet<string>
  readonly mayDrop: ReadonlySet<string>
  /** The hidden transaction that it follows, and that its transactions begin with. */
  readonly behind: Hidden | null
}

export interface Trial {
  readonly transactions: readonly SignedTransaction[]
  readonly executions: readonly Execution[]
  readonly paid: bigint
  readonly gasUsed: bigint
}

export interface Failure {
  readonly reason: DropReason
  readonly detail: string
}

/** A block while it is being put together: what is in it so far, and what that leaves. */
export class Draft {
  readonly transactions: SignedTransaction[] = []
  #gasUsed = 0n

  constructor(
    readonly environment: BlockEnvironment,
    readonly nonces: Nonces,
    readonly simulate: Simulate,
  ) {}

  /** The bundle at the end of the draft: all of it, in order, or why not. Changes nothing. */
  async attempt(candidate: Candidate, coinbase: 'own' | 'random'): Promise<Trial | Failure> {
    const left = new Set<string>()
    for (;;) {
      const chosen = this.#fitting(candidate, left)
      if ('reason' in chosen) return chosen
      const executions = await this.#run(chosen, coinbase)
      if ('reason' in executions) return executions
      const bad = chosen.find(({ hash }, i) => !executions[i]?.ok && !candidate.mayRevert.has(hash))
      if (!bad) return trial(chosen, executions)
      if (!candidate.mayDrop.has(bad.hash)) return reverted(bad, executions[chosen.indexOf(bad)])
      left.add(bad.hash)
    }
  }

  append({ transactions, gasUsed }: Trial): void {
    for (const transaction of transactions) this.nonces.set(transaction.from, transaction.nonce + 1)
    this.transactions.push(...transactions)
    this.#gasUsed += gasUsed
  }

  /**
   * Appends the public transactions that can execute; a revert does not keep one out. Returns those that never can, with
   * why. The others wait: gaps in nonces, fee caps below the base fee, no room.
   */
  async appendPublic(waiting: readonly SignedTransaction[]): Promise<{ hash: string; detail: string }[]> {
    const ready = takeExecutable(waiting, new Map(this.nonces), this.environment.baseFee)
    if (ready.length === 0) return []
    const together = await this.#run(ready, 'own')
    if (!('reason' in together) && this.#hasRoom(ready)) {
      this.append(trial(ready, together))
      return []
    }
    const impossible: { hash: string; detail: string }[] = []
    for (const transaction of ready) {
      if (this.nonces.get(transaction.from) !== transaction.nonce || !this.#hasRoom([transaction])) continue
      const alone = await this.#run([transaction], 'own')
      if ('reason' in alone) impossible.push({ hash: transaction.hash, detail: alone.detail })
      else this.append(trial([transaction], alone))
    }
    return impossible
  }

  /** Contract creations cannot be simulated by anvil: they come last, on their gas limits. */
  appendUnsimulated(waiting: readonly SignedTransaction[]): void {
    for (const transaction of takeExecutable(waiting, new Map(this.nonces), this.environment.baseFee)) {
      if (!this.#hasRoom([transaction])) return
      this.append({ transactions: [transaction], executions: [], paid: 0n, gasUsed: transaction.gasLimit })
    }
  }

  #hasRoom(transactions: readonly SignedTransaction[]): boolean {
    const wanted = transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n)
    return this.#gasUsed + wanted <= this.environment.gasLimit
  }

  #fitting(candidate: Candidate, left: ReadonlySet<string>): SignedTransaction[] | Failure {
    const nonces = new Map(this.nonces)
    const chosen: SignedTransaction[] = []
    for (const transaction of candidate.transactions) {
      const { hash, from, nonce, maxFeePerGas } = transaction
      if (left.has(hash)) continue
      const next = nonces.get(from) ?? 0
      const problem = problemOf(nonce, next, maxFeePerGas, this.environment.baseFee)
      if (problem === null) {
        nonces.set(from, nonce + 1)
        chosen.push(transaction)
      } else if (!candidate.mayDrop.has(hash)) return { ...problem, detail: `${hash}: ${problem.detail}` }
    }
    if (chosen.length === 0) return { reason: 'invalid', detail: 'no transaction of it can be included' }
    if (!this.#hasRoom(chosen)) return { reason: 'block-full', detail: 'its gas limits do not fit into the block' }
    return chosen
  }

  async #run(transactions: readonly SignedTransaction[], coinbase: 'own' | 'random'): Promise<Execution[] | Failure> {
    try {
      return await this.simulate(this.transactions, transactions, coinbase)
    } catch (error) {
      if (error instanceof RpcFault) return { reason: 'invalid', detail: error.message }
      throw error
    }
  }
}

function problemOf(nonce: number, next: number, maxFeePerGas: bigint, baseFee: bigint): Failure | null {
  if (nonce !== next) return { reason: 'nonce', detail: `nonce ${nonce}, the account is at ${next}` }
  if (maxFeePerGas < baseFee)
    return { reason: 'underpriced', detail: `max fee ${maxFeePerGas} below the base fee ${baseFee}` }
  return null
}

const trial = (transactions: readonly SignedTransaction[], executions: readonly Execution[]): Trial => ({
  transactions,
  executions,
  paid: executions.reduce((sum, { paid }) => sum + paid, 0n),
  gasUsed: executions.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
})

const reverted = ({ hash }: SignedTransaction, execution: Execution | undefined): Failure => ({
  reason: 'reverted',
  detail: `${hash} reverts with ${execution?.returnData ?? '0x'}`,
})
