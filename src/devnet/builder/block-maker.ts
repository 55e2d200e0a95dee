import { decodeSigned, type SignedTransaction } from '../proxy/decoded.js'
import { readNonces } from '../proxy/executable.js'
import type { PublicPool } from '../proxy/public-pool.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Upstream } from '../proxy/upstream.js'
import { fill, type AuctionResult, type Placed } from './auction.js'
import type { BundleStore } from './bundle-store.js'
import { Draft } from './draft.js'
import { choose, settle, type ProduceOptions } from './eligibility.js'
import { seal, type SealedBlock } from './seal.js'
import type { Hidden, HiddenPool } from './mev-share/hidden-pool.js'
import type { Payer } from './mev-share/payer.js'
import { randomCoinbase, simulate, type BlockEnvironment } from './simulator.js'
import { nextTimestamp } from './timing.js'

export interface ProducedBlock extends SealedBlock {
  /** Ids of the bundle records that landed in it. */
  readonly landed: readonly number[]
  /** Public transactions that can never be executed and were thrown away. */
  readonly evicted: readonly { hash: string; detail: string }[]
}

export interface MakerParts {
  readonly upstream: Upstream
  readonly pool: PublicPool
  readonly store: BundleStore
  readonly hidden: HiddenPool
  readonly payer: Payer
  /** The relay that is the door to MEV-Share; a block that another one wins has nothing hidden in it. */
  readonly shareRelay: string | null
  readonly coinbase: string
  readonly blockTimeSeconds: number
  /** Follow the wall clock; manual blocks are exactly one block time apart. */
  readonly wallClock: boolean
}

/** Makes one block from the public pool and the bundles meant for it, and settles every bundle whose time has come. */
export async function makeBlock(parts: MakerParts, options: ProduceOptions): Promise<ProducedBlock> {
  const { upstream, pool, store } = parts
  const head = await upstream.head()
  const period = Math.max(1, Math.round(parts.blockTimeSeconds))
  const environment: BlockEnvironment = {
    number: head.number + 1,
    timestamp:
      options.timestamp ??
      (parts.wallClock ? nextTimestamp(head.timestamp, period, Date.now()) : head.timestamp + period),
    baseFee: options.baseFee ?? nextBaseFee(head),
    gasLimit: head.gasLimit,
    parent: 'latest',
  }
  const coinbase = options.coinbase ?? parts.coinbase
  const { candidates, twins } = choose(store, environment, options)
  const waiting = pool.list()
  const hidden = await hiddenFor(parts, environment, options)
  const extra = (options.extraTransactionsBefore ?? []).map(decodeSigned)
  const draft = await startDraft(parts, environment, coinbase, [
    ...waiting,
    ...extra,
    ...candidates.flatMap(({ transactions }) => transactions),
    ...hidden.flatMap(({ transactions }) => transactions),
  ])
  const impossible = await draft.appendPublic(extra)
  const auction = await fill(draft, { waiting, candidates, hidden, payer: parts.payer })
  const block = await pool.production.write(async () => {
    const sealed = await sealWhole(parts, environment, coinbase, draft, auction, waiting)
    pool.remove([
      ...sealed.block.transactions,
      ...auction.impossible.map(({ hash }) => hash),
      ...sealed.block.refused.keys(),
    ])
    settle(store, sealed.block, sealed.placed, auction, twins)
    const landed = new Set(sealed.block.transactions)
    parts.hidden.remove(hidden.filter((one) => one.transactions.some((t) => landed.has(t.hash))).map((one) => one.hash))
    return sealed.block
  })
  await pruneStale(parts)
  const landed = store.records().filter(({ outcome }) => outcome.kind === 'landed' && outcome.blockHash === block.hash)
  return { ...block, landed: landed.map(({ id }) => id), evicted: [...impossible, ...auction.impossible] }
}

async function startDraft(
  { upstream, payer }: MakerParts,
  environment: BlockEnvironment,
  coinbase: string,
  transactions: readonly SignedTransaction[],
): Promise<Draft> {
  const nonces = await readNonces(upstream, [payer.address, ...transactions.map(({ from }) => from)])
  return new Draft(environment, nonces, (prefix, wanted, whose) =>
    simulate(upstream, environment, prefix, wanted, {
      address: whose === 'own' ? coinbase : randomCoinbase(),
      isNew: whose === 'random',
    }),
  )
}

/**
 * Seals the draft. Should anvil have executed a bundle otherwise than it was simulated, the block is taken back and made
 * anew from public transactions alone: a bundle is on chain whole and in order, or not at all.
 */
async function sealWhole(
  { upstream }: MakerParts,
  environment: BlockEnvironment,
  coinbase: string,
  draft: Draft,
  { placed }: AuctionResult,
  waiting: readonly SignedTransaction[],
): Promise<{ block: SealedBlock; placed: readonly Placed[] }> {
  const block = await seal(upstream, environment, coinbase, draft.transactions)
  if (placed.every((bundle) => isWhole(bundle, block))) return { block, placed }
  await upstream.call('anvil_rollback', [1])
  const publicOnes = new Set(waiting.map(({ hash }) => hash))
  const rest = draft.transactions.filter(({ hash }) => publicOnes.has(hash))
  return { block: await seal(upstream, environment, coinbase, rest), placed: [] }
}

/** What is hidden and may land in this block; what is too old, or can never land any more, is forgotten. */
async function hiddenFor(
  { upstream, hidden, shareRelay }: MakerParts,
  { number }: BlockEnvironment,
  options: ProduceOptions,
): Promise<readonly Hidden[]> {
  const waiting = hidden.list()
  const nonces = await readNonces(
    upstream,
    waiting.flatMap(({ transactions }) => transactions.map(({ from }) => from)),
  )
  const isOver = ({ transactions, lastBlock }: Hidden): boolean =>
    lastBlock < number || transactions.some(({ from, nonce }) => nonce < (nonces.get(from) ?? 0))
  hidden.remove(waiting.filter(isOver).map(({ hash }) => hash))
  const lost = options.local === true || (options.winner !== undefined && options.winner !== shareRelay)
  return lost ? [] : hidden.list()
}

function isWhole({ candidate, trial, index }: Placed, block: SealedBlock): boolean {
  return trial.transactions.every(
    ({ hash }, i) =>
      block.transactions[index + i] === hash && (block.succeeded.get(hash) === true || candidate.mayRevert.has(hash)),
  )
}

/** Public transactions whose nonce was used by another one can never be included. */
async function pruneStale({ upstream, pool }: MakerParts): Promise<void> {
  const waiting = pool.list()
  const nonces = await readNonces(
    upstream,
    waiting.map(({ from }) => from),
  )
  pool.remove(waiting.filter(({ from, nonce }) => nonce < (nonces.get(from) ?? 0)).map(({ hash }) => hash))
}
