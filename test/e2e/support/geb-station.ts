import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  changeOf,
  finalPrices,
  holdingsAt,
  ownAccounts,
  type Balances,
} from '../../../src/cli/demo/debt-auction/accounts.js'
import { KeeperProcess, keeperScript, type KeeperEvent } from '../../../src/cli/demo/keeper-process.js'
import { startGebDevnet, type GebDevnet, type GebDevnetOptions } from '../../../src/devnet/geb/devnet.js'
import { Stage } from '../../../src/devnet/geb/stage.js'
import type { Contract } from '../../../src/devnet/deployer.js'
import type { BundleRecord } from '../../../src/devnet/builder/submission.js'
import type { LedgerReport } from '../../../src/ledger/ledger.js'
import { SqliteLedger } from '../../../src/ledger/sqlite-ledger.js'
import { valueInWei } from '../../../src/ledger/totals.js'
import { gebAgentNeeds } from '../../../strategies/geb/agent-needs.js'

type Env = Readonly<Record<string, string>>
type Auctions = GebDevnetOptions['auctions']

const HOUR = 3_600
/** How long a bundle is waited for before the next block is made; a later one comes for a later block. */
const PATIENCE_MS = 700
const AUCTIONS: Auctions = { style: 'step', onWin: 'sell', priceMaxAgeSeconds: 1_000_000, priceWindowSeconds: 600 }

/** A GEB devnet whose blocks come one by one, and keepers that work on it as processes of their own. */
export class GebStation {
  readonly events: KeeperEvent[] = []
  readonly stage: Stage
  private readonly keepers: KeeperProcess[] = []

  private constructor(
    readonly devnet: GebDevnet,
    private readonly more: Env,
  ) {
    this.stage = new Stage(devnet, true)
  }

  static async open(
    options: Partial<Omit<GebDevnetOptions, 'auctions'>> & { readonly auctions?: Partial<Auctions> } = {},
    more: Env = {},
  ): Promise<GebStation> {
    const { auctions, ...rest } = options
    const devnet = await startGebDevnet({
      ...{ blockTimeSeconds: 2, manual: true, agentCoins: 5_000n, rivalCoins: 20_000n },
      safes: [
        { collateral: 2n, debt: 2_600n },
        { collateral: 2n, debt: 2_400n },
        { collateral: 5n, debt: 2_000n },
      ],
      agentNeeds: gebAgentNeeds,
      ...rest,
      auctions: { ...AUCTIONS, ...auctions },
    })
    return new GebStation(devnet, { MAX_HEAD_AGE_SECONDS: '86400', ...more })
  }

  get dataDir(): string {
    return this.devnet.env['DATA_DIR'] ?? ''
  }

  env(change: Env = {}): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', ...this.devnet.env, ...this.more, ...change, KEEPER_ENV_FILE: '' }
  }

  async start(change: Env = {}): Promise<KeeperProcess> {
    const env = this.env(change)
    const keeper = await KeeperProcess.start(env, env['DATA_DIR'] ?? '', (event) => this.events.push(event))
    this.keepers.push(keeper)
    return keeper
  }

  /** SIGKILL, waited for. */
  async kill(keeper: KeeperProcess): Promise<void> {
    keeper.signal('SIGKILL')
    if ((await keeper.end(60_000)) !== 'ended with SIGKILL') throw new Error('the keeper does not die')
  }

  /** Ether falls to `usd` for the pools and, after the delays of oracle and engine, for the SAFEs. */
  async crash(usd: bigint): Promise<void> {
    const { geb } = this.devnet
    await this.stage.etherAt(usd, 200n)
    for (let i = 0; i < 2; i++) {
      await this.stage.wait(HOUR)
      await this.stage.send(geb.delayedOracle, 'updateResult', [])
    }
    await this.stage.send(geb.oracleRelayer, 'updateCollateralPrice', [geb.cType])
  }

  /** Blocks without bundles until a relay holds one for the next block that does `what` (`bid`, `start`, `sale` …). */
  async offered(keeper: KeeperProcess, what: string, since = this.events.length): Promise<BundleRecord> {
    for (let blocks = 0; blocks < 12; blocks++) {
      await this.scanned(keeper, await this.stage.head())
      const waiting = await this.bundle()
      if (waiting !== null && this.said(what, since)) return waiting
      await this.devnet.builder.produceBlock({ local: true })
    }
    throw new Error(`no bundle for "${what}" within 12 blocks; heard: ${this.story()}`)
  }

  /** The bundle for the next block, or null: a block's auctions are decided behind its scan, which is all that health tells. */
  async bundle(): Promise<BundleRecord | null> {
    const next = (await this.stage.head()) + 1
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(25)) {
      const found = this.waiting().find(({ firstBlock }) => firstBlock === next)
      if (found !== undefined) return found
    }
    return null
  }

  private said(what: string, since: number): boolean {
    return this.events.slice(since).some((event) => {
      const actions = Array.isArray(event['actions']) ? (event['actions'] as { readonly what: string }[]) : []
      return event.event === 'auction' && actions.some((one) => one.what.startsWith(what))
    })
  }

  /** Runs a command that ends by itself and gives what it printed. */
  command(args: readonly string[], change: Env = {}): Promise<{ readonly code: number | null; readonly out: string }> {
    const child = spawn(process.execPath, [...keeperScript(), ...args], { env: this.env(change), timeout: 120_000 })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        resolve({ code, out })
      })
    })
  }

  waiting(): readonly BundleRecord[] {
    return this.devnet.builder.records().filter(({ outcome }) => outcome.kind === 'pending')
  }

  /** Waits until the keeper has worked this block through, auctions too. */
  scanned(keeper: KeeperProcess, block: number): Promise<void> {
    return this.until(`the work on block ${block}`, async () => {
      keeper.mustLive()
      const { scannedBlock } = await keeper.health()
      return typeof scannedBlock === 'number' && scannedBlock >= block
    })
  }

  async heard(name: string, since = 0, which: (event: KeeperEvent) => boolean = () => true): Promise<KeeperEvent> {
    const find = (): KeeperEvent | undefined =>
      this.events.slice(since).find((event) => event.event === name && which(event))
    await this.until(`the event "${name}"`, () => Promise.resolve(find() !== undefined))
    return find() as KeeperEvent
  }

  /** Blocks, bundles included, until nothing is in flight and `quiet` blocks in a row brought nothing new. */
  async settle(keeper: KeeperProcess, quiet = 5): Promise<void> {
    for (let still = 0, blocks = 0; still < quiet; blocks++) {
      if (blocks > 60) throw new Error(`the keeper does not come to rest; ${this.fate()}; heard: ${this.story()}`)
      const { number } = await this.devnet.builder.produceBlock()
      await this.scanned(keeper, number)
      const waiting = await this.bundle()
      const { inFlight } = await keeper.health()
      still = inFlight === 0 && waiting === null ? still + 1 : 0
    }
  }

  /** What became of the newest bundle, for messages of failures. */
  private fate(): string {
    const newest = this.devnet.builder.records().findLast(({ outcome }) => outcome.kind !== 'pending')
    return `the last bundle: ${JSON.stringify(newest?.outcome)}`
  }

  async nonce(): Promise<number> {
    return Number(await this.devnet.anvil.rpc('eth_getTransactionCount', [this.devnet.operator, 'latest']))
  }

  async balances(): Promise<Balances> {
    return holdingsAt(this.devnet, ownAccounts(this.devnet), await this.stage.head())
  }

  async read(contract: Contract, method: string, args: readonly unknown[] = []): Promise<bigint> {
    const [value] = await this.devnet.ground.admin.read(contract, method, args)
    return value as bigint
  }

  /** What the ledger says was earned, and what the balances say, both in wei at the pools' prices of now. */
  async profit(since: Balances): Promise<{ readonly ledger: bigint; readonly chain: bigint }> {
    const prices = await finalPrices(this.devnet)
    const chain = valueInWei(changeOf(since, await this.balances()), prices)
    return { ledger: this.withLedger((ledger) => ledger.totals(prices)), chain }
  }

  report(dataDir = this.dataDir): LedgerReport {
    return this.withLedger((ledger) => ledger.report(), dataDir)
  }

  withLedger<T>(use: (ledger: SqliteLedger) => T, dataDir = this.dataDir): T {
    const ledger = new SqliteLedger({
      ...{ dataDir, accounts: null, wrappedNative: this.devnet.ground.tokens.WETH.address },
    })
    try {
      return use(ledger)
    } finally {
      ledger.close()
    }
  }

  async until(what: string, holds: () => Promise<boolean>, milliseconds = 120_000): Promise<void> {
    for (const end = Date.now() + milliseconds; !(await holds()); await sleep(25))
      if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for ${what}; heard: ${this.story()}`)
  }

  story(): string {
    return this.events
      .filter(({ level, event }) => level !== 'debug' || event === 'auctions')
      .slice(-25)
      .map((event) => JSON.stringify(event))
      .join('\n')
  }

  async close(): Promise<void> {
    await Promise.all(this.keepers.map((keeper) => keeper.stop()))
    await this.devnet.stop()
  }
}
