import { setTimeout as sleep } from 'node:timers/promises'
import { devnetKeeperEnv } from '../../../../src/cli/demo/keeper-env.js'
import { KeeperProcess, type KeeperEvent } from '../../../../src/cli/demo/keeper-process.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { ROLES, accountOf } from '../../../../src/devnet/ground.js'
import { rpcOver } from '../../../../src/devnet/rpc.js'
import type { Address } from '../../../../src/domain/chain.js'
import { NATIVE } from '../../../../src/ledger/booking.js'
import { SqliteLedger } from '../../../../src/ledger/sqlite-ledger.js'
import { hexOf, startMakerDevnet, type MakerDevnet, type MakerDevnetOptions } from './devnet.js'

const MOST_BLOCKS = 60
/** How long a bundle is waited for behind the work on a block; a later one comes for a later block. */
const PATIENCE_MS = 250

/** Stand-ins of Maker whose blocks come one by one, and a keeper that works on them as a process of its own. */
export class MakerStation {
  readonly events: KeeperEvent[] = []
  private current: KeeperProcess | null = null

  private constructor(readonly devnet: MakerDevnet) {}

  static async open(
    before: Parameters<typeof startMakerDevnet>[0],
    options: MakerDevnetOptions = {},
  ): Promise<MakerStation> {
    return new MakerStation(await startMakerDevnet(before, { ...options, manual: true }))
  }

  get keeper(): KeeperProcess {
    if (this.current === null) throw new Error('no keeper has been started')
    return this.current
  }

  async start(): Promise<void> {
    const env = { ...devnetKeeperEnv(process.env, this.devnet.env), MAX_HEAD_AGE_SECONDS: '86400' }
    this.current = await KeeperProcess.start(env, this.devnet.env['DATA_DIR'] ?? '', (event) => this.events.push(event))
  }

  /** SIGKILL, waited for. */
  async kill(): Promise<void> {
    this.keeper.signal('SIGKILL')
    await this.keeper.end(60_000)
  }

  async head(): Promise<number> {
    return Number(await this.devnet.anvil.rpc('eth_blockNumber', []))
  }

  async read(to: Contract, method: string, args: readonly unknown[] = [], block?: string): Promise<unknown[]> {
    return (await this.devnet.ground.admin.read(to, method, args, block)).toArray() as unknown[]
  }

  /** A public transaction of a bystander; it is in the next block. */
  async send(to: Contract, method: string, args: readonly unknown[], role: number = ROLES.admin): Promise<void> {
    const from = accountOf(this.devnet.ground.accounts, role)
    const data = to.abi.encodeFunctionData(method, [...args])
    await rpcOver(this.devnet.proxy.rpcUrl)('eth_sendTransaction', [{ from, to: to.address, data, gas: '0x989680' }])
  }

  /** One block, with the bundle that the keeper may have for it once it has worked through the last one. */
  async block(): Promise<void> {
    const number = await this.scanned()
    const { builder } = this.devnet
    const waiting = (): boolean =>
      builder.records().some(({ outcome, firstBlock }) => outcome.kind === 'pending' && firstBlock === number + 1)
    for (const end = Date.now() + PATIENCE_MS; !waiting() && Date.now() < end; await sleep(10));
    await builder.produceBlock()
  }

  /** So many blocks without bundles, the first of them so many seconds later. */
  async pass(blocks: number, seconds = 1): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await this.scanned()
      const at = (await this.devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
      const timestamp = Number(at.timestamp) + (i === 0 ? seconds : 1)
      await this.devnet.builder.produceBlock({ timestamp, local: true })
    }
  }

  private async scanned(): Promise<number> {
    const number = await this.head()
    for (const end = Date.now() + 60_000; ; await sleep(10)) {
      this.keeper.mustLive()
      const { scannedBlock } = await this.keeper.health()
      if (typeof scannedBlock === 'number' && scannedBlock >= number) return number
      if (Date.now() > end) throw new Error(`block ${number} is not worked through`)
    }
  }

  /** Blocks until it holds. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const last = (await this.head()) + MOST_BLOCKS; !(await holds()); await this.block())
      if ((await this.head()) > last)
        throw new Error(
          `not seen: ${what}\n${this.events
            .slice(-20)
            .map((one) => JSON.stringify(one))
            .join('\n')}`,
        )
  }

  /** Everything of ours, by the chain alone: raw units per token, coins inside the Vat under its address. */
  async holdings(): Promise<Map<Address, bigint>> {
    const { ground, agent, executor, operator, vat, gov } = this.devnet
    const accounts = [ROLES.executorOwner, ROLES.payout].map((role) => accountOf(ground.accounts, role))
    const at = hexOf(await this.head())
    const sums = new Map<Address, bigint>()
    const add = (token: Address, amount: unknown): void =>
      void sums.set(token, (sums.get(token) ?? 0n) + BigInt(String(amount)))
    for (const account of [...accounts, operator, executor, agent.address]) {
      add(NATIVE, await this.devnet.anvil.rpc('eth_getBalance', [account, at]))
      for (const token of [ground.tokens.WETH, ground.tokens.DAI, gov])
        add(token.address, (await this.read(token, 'balanceOf', [account], at))[0])
      add(vat.address, (await this.read(vat, 'dai', [account], at))[0])
    }
    return sums
  }

  withLedger<T>(use: (ledger: SqliteLedger) => T): T {
    const wrappedNative = this.devnet.ground.tokens.WETH.address
    const ledger = new SqliteLedger({ dataDir: this.devnet.env['DATA_DIR'] ?? '', accounts: null, wrappedNative })
    try {
      return use(ledger)
    } finally {
      ledger.close()
    }
  }

  async close(): Promise<void> {
    await this.current?.stop()
    await this.devnet.stop()
  }
}
