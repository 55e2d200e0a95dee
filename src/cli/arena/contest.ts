import { setTimeout as sleep } from 'node:timers/promises'
import { KeeperError } from '../../domain/errors.js'
import { WSTETH_RATIO, OPENING_PRICES } from '../../devnet/catalogue.js'
import { startDevnet, type Devnet } from '../../devnet/devnet.js'
import { rpcOver } from '../../devnet/rpc.js'
import { arbitrageTo } from '../../devnet/uniswap/follow-prices.js'
import type { Prices } from '../../devnet/uniswap/deploy.js'
import { planPositions, type PositionPlan } from '../../devnet/positions/plan.js'
import type { Channel } from '../../oracle/source.js'
import { devnetKeeperEnv } from '../demo/keeper-env.js'
import { KeeperProcess } from '../demo/keeper-process.js'
import { seatKeeper, seatRival, type Contestant, type RivalSpec } from './field.js'
import { crashPath, type Move } from './path.js'
import { RivalProcess } from './rival-process.js'
import { tally, type Tally } from './tally.js'
import type { Witness } from './witness.js'

export interface ContestOptions {
  readonly borrowers: number
  readonly moves: number
  readonly seed: number
  /** Least time between two blocks; longer while somebody has not worked through the last one. */
  readonly slotMs: number
  readonly withKeeper: boolean
  readonly rivals: readonly RivalSpec[]
  /** Settings of the keeper beside the devnet's. */
  readonly env?: Readonly<Record<string, string>>
  readonly say: (line: string) => void
  /** Tells afterwards, for people, why positions were not the keeper's. */
  readonly witness?: Witness
}

/** Seconds between blocks by the chain's clock. */
const BLOCK_SECONDS = 2
/** The pools hold a tenth of an ordinary devnet's. */
const DEPTH_PERCENT = 10
/** Blocks after a report in which who came too late may try again; more at the end. */
const BLOCKS_AFTER = 2
const BLOCKS_AT_END = 4
const MOST_WAIT_MS = 10_000
/** One position in fourteen is a crumb: worth a few dollars, for which whoever has set a minimum does not bend down. */
const CRUMB_EVERY = 14
const CRUMBS = { sizesUsd: [25, 400], healthBps: [10_200, 12_500] } as const

/** The positions of an arena: a function of its arguments alone. */
export function positionsOf(borrowers: number, seed: number): PositionPlan[] {
  const crumbs = Math.floor(borrowers / CRUMB_EVERY)
  const common = { markets: ['v3.6'] as const, specials: false }
  return [
    ...planPositions({ ...common, borrowers: borrowers - crumbs, seed }),
    ...planPositions({ ...common, borrowers: crumbs, seed: seed + 1_000_003, ...CRUMBS }),
  ]
}

/** One crash with these contestants on a chain of its own, and what became of it. Leaves nothing behind. */
export async function contest(options: ContestOptions): Promise<Tally> {
  const { borrowers, seed } = options
  const devnet = await startDevnet({
    ...{ positions: positionsOf(borrowers, seed), markets: ['v3.6'], manual: true },
    ...{ blockTimeSeconds: BLOCK_SECONDS, depthPercent: DEPTH_PERCENT },
  })
  const running: { stop(): Promise<void> }[] = [devnet]
  try {
    const [market] = devnet.markets
    if (!market) throw new KeeperError('arena', 'the devnet has no market')
    const contestants: Contestant[] = []
    const rivals: RivalProcess[] = []
    let keeper: KeeperProcess | null = null
    // all seats first: a block that nobody shares would be a head that only some have seen
    const seat = options.withKeeper ? await seatKeeper(devnet) : null
    const seats = []
    for (const spec of options.rivals) seats.push(await seatRival(devnet, market, spec))
    if (seat) {
      const { env } = devnet.description
      const settings = { ...env, ...seat.env, MAX_HEAD_AGE_SECONDS: '86400', ...options.env }
      keeper = await KeeperProcess.start(devnetKeeperEnv(process.env, settings), env['DATA_DIR'] ?? '', (event) => {
        options.witness?.heard(event)
      })
      running.push(keeper)
      contestants.push(seat.contestant)
    }
    for (const { contestant, brief } of seats) {
      const rival = RivalProcess.start(brief)
      running.push(rival)
      rivals.push(rival)
      contestants.push(contestant)
    }
    const crash = new Crash(devnet, options, keeper, rivals)
    await crash.run()
    return await tally(devnet, market, contestants, crash.reports)
  } finally {
    for (const one of running.reverse()) await one.stop()
  }
}

/** Paces the blocks: everybody hears the same at the same instant, and has the same time for it. */
class Crash {
  /** Blocks in which reports have landed. */
  readonly reports = new Map<number, Channel>()
  private readonly prices: Record<keyof Prices, bigint> = { ...OPENING_PRICES }
  private readonly waiting = new Map<string, Channel>()
  private readonly send

  constructor(
    private readonly devnet: Devnet,
    private readonly options: ContestOptions,
    private readonly keeper: KeeperProcess | null,
    private readonly rivals: readonly RivalProcess[],
  ) {
    this.send = rpcOver(devnet.proxy.rpcUrl)
  }

  async run(): Promise<void> {
    const { moves, seed, say } = this.options
    await this.slot()
    await this.slot()
    for (const [i, move] of crashPath(moves, seed).entries()) {
      say(`move ${i + 1} of ${moves}: ${move.symbol} at ${move.price8 / 10n ** 8n} by ${move.channel}`)
      // the markets move first, as they do
      this.prices[move.symbol] = move.price8
      if (move.symbol === 'WETH') this.prices.wstETH = (move.price8 * WSTETH_RATIO) / 10n ** 18n
      await this.slot()
      await this.slot(move)
      for (let k = 0; k < BLOCKS_AFTER; k++) await this.slot()
    }
    for (let k = 0; k < BLOCKS_AT_END; k++) await this.slot()
  }

  /** From one block to the next. */
  private async slot(move?: Move): Promise<void> {
    const { devnet, waiting } = this
    const { ground, builder } = devnet
    const head = Number(await devnet.anvil.rpc('eth_blockNumber', []))
    if (move) waiting.set(await this.publish(move), move.channel)
    for (const trade of await arbitrageTo(ground.admin.rpc, ground.uniswap, ground.tokens, this.prices))
      await this.send('eth_sendTransaction', [trade])
    await sleep(this.options.slotMs)
    await this.settled(head)
    const { number, transactions } = await builder.produceBlock()
    this.options.witness?.built(number, builder.records())
    for (const hash of transactions) {
      const channel = waiting.get(hash)
      if (channel !== undefined) this.reports.set(number, channel)
      waiting.delete(hash)
    }
  }

  /** Whether it has worked through the head and what it has heard since. */
  private async keeperIsDone(head: number): Promise<boolean> {
    if (this.keeper === null) return true
    const { scannedBlock, hearing } = await this.keeper.health()
    return typeof scannedBlock === 'number' && scannedBlock >= head && hearing === false
  }

  private async publish({ symbol, price8, channel }: Move): Promise<string> {
    const { oracles } = this.devnet
    if (channel === 'transmit') return oracles.transmit(symbol, price8)
    if (channel === 'round') return oracles.transmitUnseen(symbol, price8)
    return (await oracles.transmitHidden(symbol, price8)).transactions[0]?.hash ?? ''
  }

  /** Until everybody has worked through the head, or has had far more than its share of time. */
  private async settled(head: number): Promise<void> {
    for (const until = Date.now() + MOST_WAIT_MS; Date.now() < until; await sleep(50)) {
      this.keeper?.mustLive()
      if (this.rivals.every((rival) => rival.isDone(head)) && (await this.keeperIsDone(head))) return
    }
    const late = this.rivals.filter((rival) => !rival.isDone(head)).map(({ name }) => name)
    this.options.say(`block ${head}: not waited for ${late.join(', ') || 'the keeper'} any longer`)
  }
}
