import type { DirectReader } from '../chain/reader.js'
import type { Address, CallResult, RawLog } from '../domain/chain.js'
import type { Feed } from '../domain/prices.js'
import { ANSWER_UPDATED, addressWord, ask, signedWord, text } from './chainlink.js'

/** How a price is kept right: by the rounds that `aggregator` emits, or by asking the protocol again every block. */
export type FeedKind =
  | { readonly by: 'rounds'; readonly aggregator: Address; readonly proxied: boolean }
  | { readonly by: 'asking'; readonly why: string }

export interface Resolution {
  readonly kind: FeedKind
  /** What the protocol answers; 0 when it reverts or the price is not positive. */
  readonly value: bigint
}

/** Blocks searched for a round of a source without a proxy: more than a heartbeat of 24 hours at 12 s. */
const LOOKBACK_BLOCKS = 10_000

/**
 * Finds out how each feed can be followed. A source counts as plain only when it is proven: a proxy whose current phase
 * is the aggregator it names, or an aggregator seen emitting; its answer equal to the protocol's to the unit; and no
 * dual aggregator, which changes its answer by time without an event. Everything else is asked for, which is always
 * right. Throws what the reader throws.
 */
export async function resolveFeeds(
  feeds: readonly Feed[],
  reader: DirectReader,
  block: number,
): Promise<Map<string, Resolution>> {
  const asked = await askSources(feeds, reader, block)
  const candidates = asked.flatMap((one) => (one.reason === null && one.answer !== null ? [one] : []))
  const proven = await askAggregators(candidates, reader, block)
  const seen = await emittedLately(proven, reader, block)
  return new Map(
    asked.map(({ feed, value, reason }) => {
      const found = proven.get(feed.id)
      const why = reason ?? found?.reason ?? (found && !found.proxied && !seen(found) ? NO_ROUNDS : null)
      const kind: FeedKind =
        found && why === null
          ? { by: 'rounds', aggregator: found.aggregator, proxied: found.proxied }
          : { by: 'asking', why: why ?? 'not examined' }
      return [feed.id, { kind, value }]
    }),
  )
}

const NO_ROUNDS = `no proxy, and no round emitted in the last ${LOOKBACK_BLOCKS} blocks`

interface Asked {
  readonly feed: Feed
  readonly value: bigint
  readonly answer: bigint | null
  readonly aggregator: Address | null
  readonly phase: bigint | null
  readonly reason: string | null
}

async function askSources(feeds: readonly Feed[], reader: DirectReader, block: number): Promise<Asked[]> {
  const requests = feeds.flatMap(({ read, source }) => [
    read,
    ask(source, 'latestAnswer'),
    ask(source, 'aggregator'),
    ask(source, 'phaseId'),
  ])
  const results = await reader.calls(requests, block)
  return feeds.map((feed, i) => {
    const [read, latest, aggregator, phase] = results.slice(i * 4, i * 4 + 4)
    const value = protocolAnswer(read)
    const answer = signedWord(latest)
    let reason: string | null = null
    if (BigInt(feed.source) === 0n) reason = 'the protocol answers itself'
    else if (answer === null) reason = 'the source has no latestAnswer()'
    else if (answer !== value) reason = `the protocol makes ${value} of the source's ${answer}`
    return { feed, value, answer, aggregator: addressWord(aggregator), phase: signedWord(phase), reason }
  })
}

/** One word; 0 when the protocol reverts. */
export const protocolAnswer = (result: CallResult | undefined): bigint =>
  result?.ok && result.data.length === 66 ? BigInt(result.data) : 0n

interface Candidate {
  readonly aggregator: Address
  readonly proxied: boolean
  readonly answer: bigint
  readonly reason: string | null
}

async function askAggregators(
  asked: readonly Asked[],
  reader: DirectReader,
  block: number,
): Promise<Map<string, Candidate>> {
  const results = await reader.calls(
    asked.flatMap(({ feed, aggregator, phase }) => [
      ask(feed.source, 'phaseAggregators', [phase !== null && phase >= 0n && phase < 65_536n ? phase : 0n]),
      ask(aggregator ?? feed.source, 'typeAndVersion'),
    ]),
    block,
  )
  const found = asked.map(async ({ feed, aggregator, answer }, i): Promise<[string, Candidate]> => {
    const kind = text(results[i * 2 + 1])
    const target = aggregator ?? feed.source
    let reason = /dual/i.test(kind) ? `${kind} changes its answer without an event` : null
    if (reason === null && aggregator !== null) {
      // asked directly: Chainlink's aggregators answer to accounts and registered readers, not to a multicall
      const inner = signedWord(await reader.call(ask(aggregator, 'latestAnswer'), block))
      if (addressWord(results[i * 2]) !== aggregator) reason = 'it names an aggregator but is no proxy of phases'
      else if (inner !== answer) reason = `its aggregator says ${inner ?? 'nothing'}, it says ${answer ?? 'nothing'}`
    }
    return [feed.id, { aggregator: target, proxied: aggregator !== null, answer: answer ?? 0n, reason }]
  })
  return new Map(await Promise.all(found))
}

/** Whether a source that is no proxy has lately emitted the very answer that it gives. */
async function emittedLately(
  candidates: ReadonlyMap<string, Candidate>,
  reader: DirectReader,
  block: number,
): Promise<(candidate: Candidate) => boolean> {
  const addresses = [...candidates.values()].filter((c) => !c.proxied && c.reason === null).map((c) => c.aggregator)
  if (addresses.length === 0) return () => false
  const filter = { addresses: [...new Set(addresses)], topic0: [ANSWER_UPDATED] }
  const last = new Map<Address, RawLog>()
  for (const log of await reader.logs(filter, Math.max(block - LOOKBACK_BLOCKS, 0), block)) last.set(log.address, log)
  return ({ aggregator, answer }) => {
    const current = last.get(aggregator)?.topics[1]
    return current !== undefined && BigInt.asIntN(256, BigInt(current)) === answer
  }
}
