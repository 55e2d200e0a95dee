import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transaction } from 'ethers'
import type { ProduceOptions } from '../../../src/devnet/builder/eligibility.js'
import type { Head } from '../../../src/domain/chain.js'
import type { Behind } from '../../../src/domain/opportunity.js'
import type { Refusal } from '../../../src/domain/refusal.js'
import type { TrackedIntent } from '../../../src/execution/records.js'
import { startLab, type Lab } from '../../devnet/builder/lab.js'
import { until } from '../../support/until.js'
import { askOver, headOf, makeKeeper, opportunityFor, type KeeperParts } from './keeper.js'
import { standIn } from './stand-in.js'

/** What the stand-in pays the builder. */
export const BID = 10n ** 15n
/** Where a redirect points: nobody may ever come here. */
export interface Elsewhere {
  readonly url: string
  readonly server: Server
  visits(): number
}

/** A keeper's execution room against the strict builder double, with a race to run. */
export class Ring {
  keeper: KeeperParts
  private dataDir = ''
  /** Unhandled rejections of the whole process: there must be none. */
  readonly unhandled: unknown[] = []

  private constructor(
    readonly lab: Lab,
    readonly elsewhere: Elsewhere,
  ) {
    this.keeper = this.makeKeeper()
    process.on('unhandledRejection', this.onUnhandled)
  }

  static async open(): Promise<Ring> {
    const relays = [
      { name: 'a', personality: 'flashbots' as const },
      { name: 'b', personality: 'titan' as const },
    ]
    const lab = await startLab({ relays })
    let visits = 0
    const server = createServer((_, response) => {
      visits += 1
      response.end('{}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return new Ring(lab, { url, server, visits: () => visits })
  }

  /** A keeper with empty books, and something to take at the next head. */
  async fresh(setting: { open?: boolean; from?: bigint } = {}): Promise<Head> {
    await this.keeper.stop()
    rmSync(this.dataDir, { recursive: true, force: true })
    this.lab.builder.clearFaults()
    await standIn(this.lab.anvil.rpc, BID, setting)
    // whatever an earlier keeper left at the relays is past
    for (let i = 0; i < 3; i++) await this.lab.builder.produceBlock({ local: true })
    this.keeper = this.makeKeeper()
    const head = await this.head()
    await this.keeper.submitter.start(head)
    return head
  }

  /** The keeper ends as `kill -9` ends it; the next one has its files. */
  async restart(): Promise<void> {
    this.keeper.ledger.close()
    this.keeper = this.makeKeeper(this.dataDir)
    await this.keeper.submitter.start(await this.head())
  }

  head(): Promise<Head> {
    return headOf(this.lab.anvil.rpc)
  }

  /** Offers at the newest head and waits until every relay's answer is known. */
  async offer(follows?: Behind, position = 'p'): Promise<TrackedIntent> {
    const head = await this.head()
    const answer = await this.ask(head, follows, position)
    if ('code' in answer) throw new Error(`refused: ${answer.code} ${answer.detail}`)
    const tx = answer.attempts.at(-1)?.transactionHash
    const known = (): boolean =>
      this.keeper.ledger.report().attemptRows.some((row) => row.transactionHash === tx && row.answers.length > 0)
    await until(known, 'the answers of the relays')
    return answer
  }

  ask(head: Head, follows?: Behind, position = 'p'): Promise<Refusal | TrackedIntent> {
    const opportunity = opportunityFor(position, head)
    const plain = { ...opportunity, grossWei: opportunity.grossWei + BigInt(head.number) }
    return this.keeper.submitter.offer(follows === undefined ? plain : { ...plain, behind: follows }, head)
  }

  /** One block, and what the keeper makes of it. */
  async block(options: ProduceOptions = {}): Promise<void> {
    await this.lab.builder.produceBlock(options)
    await this.keeper.submitter.onHead(await this.head())
  }

  outcomes(): Record<string, number> {
    return Object.fromEntries(this.keeper.ledger.report().outcomes)
  }

  /** Blocks in which something of ours is booked. */
  bookings(): number {
    return this.keeper.ledger.report().bookings.length
  }

  /** What must hold whatever happened: nothing leaked, nothing unhandled, nothing booked twice, one nonce per intent. */
  problems(): string[] {
    const { operator, ledger } = this.keeper
    const leaked = this.lab.proxy.publicTransactions().filter(({ from }) => from === operator)
    const { bookings, attemptRows } = ledger.report()
    const booked = new Set(bookings.map(({ intentId }) => intentId))
    const raws = this.lab.builder.records().flatMap(({ transactionHashes }) => transactionHashes.slice(-1))
    return [
      ...(leaked.length > 0 ? [`${leaked.length} transactions are public`] : []),
      ...this.unhandled.map((error) => `unhandled: ${String(error)}`),
      ...(booked.size < bookings.length ? ['an intent is booked twice'] : []),
      ...(this.elsewhere.visits() > 0 ? ['a redirect was followed'] : []),
      ...(attemptRows.length > 0 && raws.length === 0 ? ['no relay has anything'] : []),
    ]
  }

  async close(): Promise<void> {
    process.off('unhandledRejection', this.onUnhandled)
    await this.keeper.stop()
    rmSync(this.dataDir, { recursive: true, force: true })
    await this.lab.stop()
    this.elsewhere.server.closeAllConnections()
    await new Promise((done) => this.elsewhere.server.close(done))
  }

  private readonly onUnhandled = (error: unknown): void => {
    this.unhandled.push(error)
  }

  private makeKeeper(dataDir = mkdtempSync(join(tmpdir(), 'ring-'))): KeeperParts {
    this.dataDir = dataDir
    const { builder, rpc } = this.lab
    const relayUrls = [`${builder.relayUrl('a')}#flashbots`, `${builder.relayUrl('b')}#titan`]
    return makeKeeper({ dataDir, ask: askOver(rpc), relayUrls, confirmations: 4 })
  }
}

export const nonceOf = (raw: string): number => Transaction.from(raw).nonce
