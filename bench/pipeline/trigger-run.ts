import { setTimeout as sleep } from 'node:timers/promises'
import type { Hex } from '../../src/domain/chain.js'
import { OperatorKey } from '../../src/execution/operator-key.js'
import { Progress } from '../progress.js'
import { Random } from '../scan/random.js'
import type { ChainLink } from './chain-link.js'
import type { Described, Made, Transmit } from './messages.js'
import { priceOfStep } from './positions.js'
import { lastRead } from './reads.js'
import { signalOf } from './signal.js'
import type { Subject } from './subject.js'
import type { Wire } from './wire.js'

export const CHAIN_ID = 31_337
const SEED = 17
/** Rounds that are not counted: code is compiled by them. */
export const WARM_UP = 10
/** Blocks between two in which arbitrage brings the pools along. */
const ARBITRAGE_EVERY = 4
const MOST_EMPTY = 8
/** Bytes of a usual liquidation, for the floor's transaction. */
const CALLDATA: Hex = `0x${'5a'.repeat(1_476)}`
const FLOOR_GAS = { gasLimit: 1_000_000n, maxFeePerGas: 50_000_000_000n, nonce: 0 }

/** Must not occur. */
export const NO_REASON = 'no reason'

/** What came of the triggers that count. */
export interface RunResult {
  readonly floorMs: readonly number[]
  /** Of those whose bundle every relay has read. */
  readonly oursMs: readonly number[]
  readonly stages: ReadonlyMap<string, readonly number[]>
  readonly triggers: number
  readonly landed: number
  /** Why triggers landed nothing, with how many there were of each. */
  readonly refused: Readonly<Record<string, number>>
}

/** One trigger after another: the floor, then ours, then the block that settles it. */
export class Run {
  private readonly random = new Random(SEED)
  private readonly floorMs: number[] = []
  private readonly oursMs: number[] = []
  private readonly decodeMs: number[] = []
  private readonly refused: Record<string, number> = {}
  private readonly stranger: OperatorKey
  private triggers = 0
  private landed = 0
  private step = 1
  /** Of the floor's transaction, the same each time. */
  private floorHash = ''

  constructor(
    private readonly link: ChainLink,
    private readonly described: Described,
    private readonly wire: Wire,
    private readonly subject: Subject,
  ) {
    this.stranger = new OperatorKey(described.strangerKey)
  }

  async all(triggers: number): Promise<void> {
    const progress = new Progress('triggers', WARM_UP + triggers)
    await this.settle((await this.link.ask('block', { first: [] })).number)
    for (let i = 0; i < WARM_UP + triggers; i++) {
      progress.at(i)
      await this.trigger(i >= WARM_UP)
      if (i % ARBITRAGE_EVERY === 0) await this.settle(await this.link.ask('arbitrage', null))
    }
  }

  result(): RunResult {
    const { floorMs, oursMs, refused, triggers, landed, decodeMs } = this
    const stages = new Map([['decode', decodeMs], ...this.subject.recorder.of('trigger_stage_seconds')])
    return { floorMs, oursMs, refused, triggers, landed, stages }
  }

  private async trigger(counts: boolean): Promise<void> {
    // one to three of the queue fall below one
    this.step += 1 + this.random.below(3)
    const transmit = await this.link.ask('transmit', String(priceOfStep(this.step)))
    const floor = await this.floor()
    const known = this.subject.refusals.length
    const ours = await this.ours(transmit)
    // every other report lands before the bundle, as from the public mempool: then the variant without it counts
    const first = ours === null || this.step % 2 === 0 ? [transmit.raw] : []
    const made = await this.link.ask('block', { first })
    await this.settle(made.number)
    if (!counts) return
    this.triggers++
    this.floorMs.push(floor)
    if (ours !== null) this.oursMs.push(ours)
    this.note(made, ours !== null, this.subject.refusals.slice(known))
  }

  private async floor(): Promise<number> {
    await this.pause()
    const target = (this.subject.keeper.progress.block ?? 0) + 1
    const started = performance.now()
    const { hash, at } = await this.wire.send(this.stranger, { ...FLOOR_GAS, data: CALLDATA }, target)
    this.floorHash = hash
    return at - started
  }

  /** From the announced transaction to the last relay; null when nothing was sent. */
  private async ours({ body }: Transmit): Promise<number | null> {
    await this.pause()
    const read = lastRead(this.link, this.described.relayUrls.length)
    const started = performance.now()
    const signal = signalOf(body, CHAIN_ID)
    this.decodeMs.push(performance.now() - started)
    await this.subject.keeper.hear(signal)
    if (this.subject.keeper.progress.inFlight === 0) read.cancel()
    const at = await read.at
    return at === null ? null : at - started
  }

  /** What became of the trigger's bundle, or why there was none. */
  private note(made: Made, sent: boolean, refusals: readonly string[]): void {
    const own = made.bundles.filter(({ transactions }) => transactions.every((hash) => hash !== this.floorHash))
    if (sent && own.some(({ landed }) => landed)) {
      this.landed++
      return
    }
    const why = sent ? own[0]?.why : refusals[0]
    const reason = why?.split(':')[0] ?? NO_REASON
    this.refused[reason] = (this.refused[reason] ?? 0) + 1
    if (process.env['BENCH_VERBOSE'] !== undefined)
      process.stderr.write(
        `bench: trigger ${this.triggers}: sent ${String(sent)}: ${why ?? ''} ${made.bundles.length} bundles\n`,
      )
  }

  /** Until the keeper has worked through the block and nothing of what it sent may still land, which may take blocks. */
  private async settle(block: number): Promise<void> {
    for (let number = block, i = 0; !(await this.subject.ready(number)); i++) {
      if (i === MOST_EMPTY) throw new Error(`something is still in flight after ${MOST_EMPTY} empty blocks`)
      number = (await this.link.ask('block', { first: [] })).number
    }
  }

  /** The process idles before each measurement, as a keeper does between two prices: its caches are cold. */
  private async pause(): Promise<void> {
    await sleep(this.random.between(5, 40))
  }
}
