import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { balancesAt, finalPrices, ownerDeltaWei, type Balances } from '../../../src/cli/demo/books.js'
import { KeeperProcess, keeperScript, type KeeperEvent } from '../../../src/cli/demo/keeper-process.js'
import type { BundleRecord } from '../../../src/devnet/builder/submission.js'
import { startDevnet, type Devnet, type DevnetOptions } from '../../../src/devnet/devnet.js'
import type { BookedRow, LedgerReport } from '../../../src/ledger/ledger.js'
import { SqliteLedger } from '../../../src/ledger/sqlite-ledger.js'

type Env = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly note: string
}

/** A keeper as a station watches it, whoever started it. */
export type Watched = Pick<KeeperProcess, 'mustLive' | 'health'>

/** A devnet, and keepers that work on it as processes of their own. `close` leaves nothing behind. */
export class Station {
  /** What the keepers said, all of them, in order. */
  readonly events: KeeperEvent[] = []
  private readonly keepers: KeeperProcess[] = []

  private constructor(
    readonly devnet: Devnet,
    private readonly more: Env,
    private readonly relays: readonly string[],
  ) {}

  /** A quiet devnet of one market, whose borrowers 2 and 3 (of ether) fall below 1 first; blocks come from `block()` unless the options say otherwise. */
  static async open(options: DevnetOptions = {}, more: Env = {}): Promise<Station> {
    const devnet = await startDevnet({
      borrowers: 6,
      seed: 5,
      markets: ['v3.6'],
      specials: false,
      manual: true,
      ...options,
    })
    // blocks made by hand fall behind the world's clock
    const clock = options.manual === false ? {} : { MAX_HEAD_AGE_SECONDS: '86400' }
    const relays = options.relays?.map(({ name }) => name) ?? ['flashbots', 'titan']
    return new Station(devnet, { ...clock, ...more }, relays)
  }

  get dataDir(): string {
    return this.env()['DATA_DIR'] ?? ''
  }

  /** The settings of a keeper and nothing else: no variable and no `.env` of the machine. Empty values are left out. */
  env(change: Env = {}): Record<string, string> {
    const all = { PATH: process.env['PATH'] ?? '', ...this.devnet.description.env, ...this.more, ...change }
    const set = Object.entries(all).filter(([, value]) => value !== '')
    return { ...Object.fromEntries(set), KEEPER_ENV_FILE: '' }
  }

  /** Starts a keeper and waits until it follows the chain. */
  async start(change: Env = {}): Promise<KeeperProcess> {
    const env = this.env(change)
    const keeper = await KeeperProcess.start(env, env['DATA_DIR'] ?? '', (event) => this.events.push(event))
    this.keepers.push(keeper)
    return keeper
  }

  /** Runs a command that is expected to end by itself. */
  command(args: readonly string[], change: Env = {}): Promise<Ended> {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const child = spawn(process.execPath, [...keeperScript(), ...args], {
      env: this.env(change),
      stdio,
      timeout: 120_000,
    })
    let [out, note] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (note += chunk.toString()))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        resolve({ code, out, note })
      })
    })
  }

  /** The next block, by hand, and the keeper's answer to it: returns when the keeper has worked it through. */
  async block(keeper: Watched, options: Parameters<Devnet['builder']['produceBlock']>[0] = {}): Promise<number> {
    const { number } = await this.devnet.builder.produceBlock(options)
    await this.scanned(keeper, number)
    return number
  }

  /** Waits until the keeper has scanned this block. */
  scanned(keeper: Watched, block: number): Promise<void> {
    return this.until(`the scan of block ${block}`, async () => {
      keeper.mustLive()
      const { scannedBlock } = await keeper.health()
      return typeof scannedBlock === 'number' && scannedBlock >= block
    })
  }

  /** The first event of this name (and for which `which` holds) from `since` on, waited for. */
  async heard(name: string, since = 0, which: (event: KeeperEvent) => boolean = () => true): Promise<KeeperEvent> {
    const find = (): KeeperEvent | undefined =>
      this.events.slice(since).find((event) => event.event === name && which(event))
    await this.until(`the event "${name}"`, () => Promise.resolve(find() !== undefined))
    const found = find()
    if (found === undefined) throw new Error(`${name} was heard and is gone`)
    return found
  }

  /** Bundles that a relay has accepted and nothing has become of yet. */
  waiting(): readonly BundleRecord[] {
    return this.devnet.builder.records().filter(({ outcome }) => outcome.kind === 'pending')
  }

  /** Waits until a relay has accepted a bundle for the next block. */
  async accepted(): Promise<BundleRecord> {
    const next = (await this.head()) + 1
    const find = (): BundleRecord | undefined => this.waiting().find(({ firstBlock }) => firstBlock === next)
    await this.until(`a bundle for block ${next}`, () => Promise.resolve(find() !== undefined))
    const found = find()
    if (found === undefined) throw new Error('the bundle is gone')
    return found
  }

  /** Blocks without bundles until relays were asked to take one more: a simulation may hold the keeper back for some. */
  async offered(keeper: Watched, since = this.relayed('eth_sendBundle')): Promise<void> {
    for (let blocks = 0; this.relayed('eth_sendBundle') === since; blocks++) {
      if (blocks > 10) throw new Error(`no bundle within 10 blocks; heard: ${this.story()}`)
      await this.block(keeper, { local: true })
      await sleep(100)
    }
  }

  /** Requests that reached any relay, of this method or of all. */
  relayed(method = ''): number {
    const { builder } = this.devnet
    return this.relays
      .flatMap((relay) => [...builder.counters(relay)])
      .reduce((sum, [event, count]) => (event.startsWith(`request:${method}`) ? sum + count : sum), 0)
  }

  /** Blocks by hand until nothing is in flight and `quiet` blocks in a row brought nothing new. */
  async settle(keeper: Watched, quiet = 2): Promise<void> {
    for (let still = 0, blocks = 0; still < quiet; blocks++) {
      if (blocks > 25) throw new Error('the keeper does not come to rest within 25 blocks')
      await this.block(keeper)
      const { inFlight } = await keeper.health()
      still = inFlight === 0 && this.waiting().length === 0 ? still + 1 : 0
    }
  }

  async head(): Promise<number> {
    return Number(await this.devnet.anvil.rpc('eth_blockNumber', []))
  }

  async nonce(): Promise<number> {
    return Number(await this.devnet.anvil.rpc('eth_getTransactionCount', [this.devnet.operator, 'latest']))
  }

  async balances(): Promise<Balances> {
    return balancesAt(this.devnet, await this.head())
  }

  /** What the ledger says was earned, and what the balances say, both in wei at the prices of now. */
  async profit(since: Balances): Promise<{ readonly ledger: bigint; readonly chain: bigint }> {
    const prices = await finalPrices(this.devnet)
    const chain = ownerDeltaWei(since, await this.balances(), prices)
    return { ledger: this.withLedger((ledger) => ledger.totals(prices)), chain }
  }

  report(): LedgerReport {
    return this.withLedger((ledger) => ledger.report())
  }

  bookings(): readonly BookedRow[] {
    return this.report().bookings
  }

  /** Transactions that were signed, as the journal has them. */
  signed(dataDir = this.dataDir): number {
    const path = join(dataDir, 'journal.jsonl')
    if (!existsSync(path)) return 0
    return readFileSync(path, 'utf8').split('{"kind":"attempt"').length - 1
  }

  /** Forgets what keepers stored. */
  clean(): void {
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  async until(what: string, holds: () => Promise<boolean>, milliseconds = 60_000): Promise<void> {
    for (const end = Date.now() + milliseconds; !(await holds()); await sleep(25))
      if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for ${what}; heard: ${this.story()}`)
  }

  /** The last events, for messages of failures. */
  story(): string {
    return this.events
      .slice(-12)
      .map((event) => JSON.stringify(event))
      .join('\n')
  }

  async close(): Promise<void> {
    await Promise.all(this.keepers.map((keeper) => keeper.stop()))
    await this.devnet.stop()
  }

  private withLedger<T>(use: (ledger: SqliteLedger) => T): T {
    const wrappedNative = this.devnet.ground.tokens.WETH.address
    const ledger = new SqliteLedger({ dataDir: this.dataDir, accounts: null, wrappedNative })
    try {
      return use(ledger)
    } finally {
      ledger.close()
    }
  }
}
