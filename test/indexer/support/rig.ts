import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeadFollower } from '../../../src/chain/heads.js'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { parseMarketFile } from '../../../src/config/market-file.js'
import type { AaveVersion } from '../../../src/devnet/aave/market.js'
import { inParallel } from '../../../src/devnet/positions/batch.js'
import { startAaveTestbed, type AaveTestbed } from '../../../src/devnet/testbed.js'
import { toAddress, type Address } from '../../../src/domain/chain.js'
import type { Market } from '../../../src/domain/market.js'
import type { AuditOptions } from '../../../src/indexer/audit.js'
import { ChainIndexer, type MarketUpdate } from '../../../src/indexer/chain-indexer.js'
import type { MarketIndexer } from '../../../src/indexer/market-indexer.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import { FlakyNode } from '../../chain/support/flaky-node.js'
import { Recorder } from '../../support/recorder.js'
import { until } from '../../support/until.js'

export interface KeeperOptions {
  readonly dataDir?: string | null
  readonly fromGenesis?: boolean
  readonly audit?: AuditOptions | null
  readonly checkpointEveryBlocks?: number
}

/** Just the indexing half of a keeper, on its own connection. */
export interface Keeper {
  readonly indexer: ChainIndexer
  readonly market: MarketIndexer
  /** Hash of the block that it started at. */
  readonly startedAt: string
  readonly seen: Recorder
  readonly updates: MarketUpdate[]
  /** Ends it as a signal would. */
  stop(): Promise<void>
}

export const borrowerOf = (n: number): Address => toAddress(`0x${(0xb0_0000 + n).toString(16).padStart(40, '0')}`)

/** One Aave market on its own node, behind a proxy that can fail. */
export class Rig {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'keeper-indexer-'))
  private readonly running = new Set<Keeper>()

  private constructor(
    readonly bed: AaveTestbed,
    readonly node: FlakyNode,
    readonly market: Market,
  ) {}

  /** `flags`: further ones of anvil. */
  static async start(version: AaveVersion = 'v3.6', flags: readonly string[] = []): Promise<Rig> {
    const bed = await startAaveTestbed({ version, flags })
    const node = await FlakyNode.before({ http: bed.anvil.rpcUrl, ws: bed.anvil.wsUrl })
    const { chain, markets } = parseMarketFile(bed.marketFile(), 'testbed')
    const [config] = markets
    if (!config) throw new Error('the testbed has no market')
    return new Rig(bed, node, { ...config, chainId: chain.id })
  }

  async stop(): Promise<void> {
    for (const keeper of [...this.running]) await keeper.stop()
    await this.node.stop()
    await this.bed.stop()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** Starts an indexer and follows until stopped. */
  async keeper(options: KeeperOptions = {}): Promise<Keeper> {
    const seen = new Recorder()
    const common = { logger: seen, metrics: seen }
    const rpc = new RpcClient({ urls: [this.node.url], chainId: this.market.chainId, deadlineMs: 1_000, ...common })
    const { chain } = parseMarketFile(this.bed.marketFile(), 'testbed')
    const reader = new ChainReader(rpc, { multicall: chain.multicall })
    const heads = new HeadFollower(rpc, {
      chainId: chain.id,
      blockTimeSeconds: 0.2,
      byTimestamp: false,
      ...common,
    })
    const updates: MarketUpdate[] = []
    const indexer = new ChainIndexer(
      {
        rpc,
        reader,
        heads,
        markets: [{ market: this.market, strategy: aaveV3 }],
        dataDir: options.dataDir ?? null,
        fromGenesis: options.fromGenesis ?? false,
        audit: options.audit ?? null,
        checkpointEveryBlocks: options.checkpointEveryBlocks ?? 100,
        ...common,
      },
      (update) => updates.push(update),
    )
    await indexer.start()
    const signal = new AbortController()
    const run = indexer.run(signal.signal)
    const market = indexer.markets.get(this.market.id)
    if (!market) throw new Error('no such market')
    const startedAt = market.replica.tip.hash
    const keeper: Keeper = {
      indexer,
      market,
      startedAt,
      seen,
      updates,
      stop: async () => {
        this.running.delete(keeper)
        signal.abort()
        await run
        rpc.close()
      },
    }
    this.running.add(keeper)
    return keeper
  }

  async latest(): Promise<{ number: number; hash: string }> {
    const block = (await this.bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as {
      number: string
      hash: string
    }
    return { number: Number(block.number), hash: block.hash }
  }

  /** Waits until the replica stands at the node's head and has told of it. */
  async caughtUp(keeper: Keeper): Promise<void> {
    const { hash } = await this.latest()
    // who was started at the head has nothing to tell before the next block
    const told = (): boolean => (keeper.updates.at(-1)?.head.hash ?? keeper.startedAt) === hash
    const standing = (): boolean => keeper.market.replica.tip.hash === hash && told()
    await this.orTell(keeper, until(standing, `the replica stands at ${hash}`))
    const fresh = (): boolean => aaveV3.stale?.(keeper.market.replica.state as never) !== true
    await this.orTell(keeper, until(fresh, 'nothing is stale'))
  }

  /** Who waits in vain reads what the keeper said last. */
  private async orTell(keeper: Keeper, waiting: Promise<void>): Promise<void> {
    try {
      await waiting
    } catch (error) {
      const { number, hash } = keeper.market.replica.tip
      const said = keeper.seen.lines.slice(-25).map((line) => JSON.stringify(line))
      throw new Error(`the replica is at ${number} ${hash}, the keeper said:\n${said.join('\n')}`, { cause: error })
    }
  }

  /** Every borrower: health factor, collateral and debt as the replica has them, at its tip. */
  replicaFigures(keeper: Keeper): Record<string, string> {
    const { strategy, state, book, tip } = keeper.market.replica
    const at = book.view(tip.number, tip.timestamp)
    const figures = [...strategy.positions(state)].map((position) => {
      const { healthFactor, collateralBase, debtBase } = strategy.solvency(state, position, at)
      return [position, `${healthFactor} ${collateralBase} ${debtBase}`]
    })
    return Object.fromEntries(figures.sort()) as Record<string, string>
  }

  /** The same as the contract has them, for the given accounts; those without debt are left out. */
  async chainFigures(accounts: readonly Address[]): Promise<Record<string, string>> {
    const figures = await inParallel(accounts, async (account): Promise<[string, string][]> => {
      const data = (await this.bed.anvil.rpc('eth_call', [
        { to: this.market.contracts['pool'], data: `0xbf92857c${account.slice(2).padStart(64, '0')}` },
        'latest',
      ])) as string
      const word = (n: number): bigint => BigInt(`0x${data.slice(2 + n * 64, 66 + n * 64)}`)
      return word(1) > 0n ? [[account, `${word(5)} ${word(0)} ${word(1)}`]] : []
    })
    return Object.fromEntries(figures.flat().sort()) as Record<string, string>
  }
}
