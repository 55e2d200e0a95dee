import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BlockRef, Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { Logger } from '../domain/ports.js'
import { type SavedText, savedText } from './saved-text.js'

const VERSION = 1
const hash = z.string().regex(/^0x[0-9a-f]{64}$/)

const headSchema = z.strictObject({
  version: z.literal(VERSION),
  market: z.string(),
  strategy: z.string(),
  chainId: z.number(),
  contracts: z.record(z.string(), z.string()),
  number: z.number().int().nonnegative(),
  hash,
  parentHash: hash,
  timestamp: z.string().regex(/^\d+$/),
  sha256: z.string(),
})

export interface Checkpoint {
  readonly block: BlockRef
  /** What the strategy's `save` gave. */
  readonly state: string
}

/** What is written: the state's text, or the same in pieces. */
export interface ToSave {
  readonly block: BlockRef
  readonly state: string | SavedText
}

type Which = 'newest' | 'final' | 'replay'

/**
 * Two files per market in DATA_DIR: the newest state, and one that was final when a newer was written, for the day when
 * the newest turns out to lie on a dead fork. First line: what it is; the rest: the strategy's text. Each is written
 * beside its place, flushed and renamed, so that a crash leaves the old or the new one, never half of either. While a
 * replay from genesis is under way there is a third, from which alone it goes on.
 */
export class CheckpointStore {
  private newest: BlockRef | null = null
  private peeked: Checkpoint[] | null = null

  constructor(
    private readonly folder: string,
    private readonly market: Market,
    private readonly logger: Logger,
  ) {}

  /** Block of the newest checkpoint. The next `load` gives the same files, whatever another process writes meanwhile. */
  async peek(): Promise<BlockRef | null> {
    this.peeked = await this.load()
    return this.peeked[0]?.block ?? null
  }

  /** Readable checkpoints, newest first. One that is corrupt is put aside with one line in the log. */
  async load(): Promise<Checkpoint[]> {
    const { peeked } = this
    this.peeked = null
    if (peeked) return peeked
    const found: Checkpoint[] = []
    for (const name of [this.path('newest'), this.path('final')]) {
      const checkpoint = await this.read(name)
      if (checkpoint) found.push(checkpoint)
    }
    this.newest = found[0]?.block ?? null
    return found
  }

  /** Throws `Error` of the file system; the keeper goes on without this checkpoint. */
  async save(checkpoint: ToSave, finalNumber: number): Promise<void> {
    const temporary = await this.write('newest', checkpoint)
    if (this.newest && this.newest.number <= finalNumber) await rename(this.path('newest'), this.path('final'))
    await this.place(temporary, 'newest')
    this.newest = checkpoint.block
  }

  /** The state of a replay from genesis that did not reach its end; null when none is under way. */
  loadReplay(): Promise<Checkpoint | null> {
    return this.read(this.path('replay'))
  }

  /** Throws `Error` of the file system. */
  async saveReplay(checkpoint: Checkpoint): Promise<void> {
    await this.place(await this.write('replay', checkpoint), 'replay')
  }

  /** The replay has reached its end and was saved as an ordinary checkpoint, or is not to be gone on with. */
  async endReplay(): Promise<void> {
    await rm(this.path('replay'), { force: true })
  }

  private async write(which: Which, { block, state }: ToSave): Promise<string> {
    mkdirSync(this.folder, { recursive: true })
    const temporary = `${this.path(which)}.${process.pid}.tmp`
    const file = await open(temporary, 'w')
    try {
      const { chunks, sha256 } = typeof state === 'string' ? savedText(state) : state
      await file.writeFile(this.firstLine(block, sha256))
      // one after the other, each from where the last one ended
      for (const chunk of chunks) await file.writeFile(chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    return temporary
  }

  private async place(temporary: string, which: Which): Promise<void> {
    await rename(temporary, this.path(which))
    const folder = await open(this.folder, 'r')
    await folder.sync().finally(() => folder.close())
  }

  async forget(): Promise<void> {
    await Promise.all(['newest' as const, 'final' as const].map((which) => rm(this.path(which), { force: true })))
    this.newest = null
  }

  private path(which: Which): string {
    return join(this.folder, `${this.market.id}.${which}.checkpoint`)
  }

  private firstLine(block: BlockRef, sha256: string): string {
    const { id, strategy, chainId, contracts } = this.market
    const { number, hash: blockHash, parentHash } = block
    const what = { version: VERSION, market: id, strategy, chainId, contracts, number, hash: blockHash, parentHash }
    return `${JSON.stringify({ ...what, timestamp: String(block.timestamp), sha256 })}\n`
  }

  private async read(path: string): Promise<Checkpoint | null> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      this.logger.warn('checkpoint', { unreadable: path, problem: messageOf(error) })
      return null
    }
    const problem = { text: '' }
    const checkpoint = this.decode(text, problem)
    if (checkpoint) return checkpoint
    await rename(path, `${path}.corrupt`).catch(() => undefined)
    const next = 'kept beside it as .corrupt; the market is read from the chain again'
    this.logger.warn('checkpoint', { corrupt: path, problem: problem.text, next })
    return null
  }

  private decode(text: string, problem: { text: string }): Checkpoint | null {
    const end = text.indexOf('\n')
    let json: unknown
    try {
      json = JSON.parse(text.slice(0, Math.max(end, 0)))
    } catch {
      problem.text = 'its first line is no JSON'
      return null
    }
    const parsed = headSchema.safeParse(json)
    const state = text.slice(end + 1)
    if (!parsed.success) problem.text = 'its first line is not that of a checkpoint of this version'
    else if (parsed.data.sha256 !== digest(state)) problem.text = 'its contents do not have the recorded checksum'
    else if (!this.isOurs(parsed.data)) problem.text = 'it is of another market, chain or set of contracts'
    else {
      const { number, hash: blockHash, parentHash, timestamp } = parsed.data
      const block = { number, hash: blockHash as Hex, parentHash: parentHash as Hex, timestamp: BigInt(timestamp) }
      return { block, state }
    }
    return null
  }

  private isOurs(head: z.output<typeof headSchema>): boolean {
    const { id, strategy, chainId, contracts } = this.market
    const same = head.market === id && head.strategy === strategy && head.chainId === chainId
    return same && JSON.stringify(head.contracts) === JSON.stringify(contracts)
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
