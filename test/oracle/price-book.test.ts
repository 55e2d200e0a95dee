import { AbiCoder, toBeHex } from 'ethers'
import type { DirectReader } from '../../src/chain/reader.js'
import type { Address, CallRequest, CallResult, Hex, RawLog } from '../../src/domain/chain.js'
import type { Feed } from '../../src/domain/prices.js'
import { ANSWER_UPDATED, ask } from '../../src/oracle/chainlink.js'
import { PriceBook } from '../../src/oracle/price-book.js'
import { withUpdate } from '../../src/oracle/price-view.js'

const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const word = (n: bigint): Hex => toBeHex(BigInt.asUintN(256, n), 32) as Hex
const at = (number: number): { number: number; timestamp: bigint } => ({ number, timestamp: 0n })
const [ORACLE, PROXY, AGGREGATOR, DUAL, BARE] = [address(1), address(2), address(3), address(4), address(5)]

/** A chain of answers by contract and calldata; what it does not hold reverts. */
class Answers implements DirectReader {
  readonly known = new Map<string, Hex>()
  logsFound: RawLog[] = []

  set({ to, data }: CallRequest, answer: Hex): void {
    this.known.set(to + data, answer)
  }
  call({ to, data }: CallRequest): Promise<CallResult> {
    const answer = this.known.get(to + data)
    return Promise.resolve(answer === undefined ? { ok: false, data: '0x' } : { ok: true, data: answer })
  }
  calls(requests: readonly CallRequest[]): Promise<CallResult[]> {
    return Promise.all(requests.map((request) => this.call(request)))
  }
  logs(): Promise<RawLog[]> {
    return Promise.resolve(this.logsFound)
  }
  code(): Promise<Hex> {
    return Promise.resolve('0x')
  }
  storage(): Promise<Hex> {
    return Promise.resolve(word(0n))
  }
}

const feed = (source: Address): Feed => ({
  id: source,
  token: { address: source, symbol: source.slice(-2) },
  source,
  read: { to: ORACLE, data: `0x${source.slice(2)}` },
})
const round = (from: Address, answer: bigint): RawLog => ({
  address: from,
  topics: [ANSWER_UPDATED, word(answer), word(1n)],
  data: word(0n),
  blockNumber: 1,
  blockHash: word(1n),
  timestamp: 0n,
  transactionHash: word(2n),
  logIndex: 0,
})

describe('PriceBook', () => {
  let chain: Answers
  let book: PriceBook

  const proxied = (source: Address, aggregator: Address, answer: bigint): void => {
    chain.set(feed(source).read, word(answer))
    chain.set(ask(source, 'latestAnswer'), word(answer))
    chain.set(ask(source, 'aggregator'), word(BigInt(aggregator)))
    chain.set(ask(source, 'phaseId'), word(1n))
    chain.set(ask(source, 'phaseAggregators', [1n]), word(BigInt(aggregator)))
    chain.set(ask(aggregator, 'latestAnswer'), word(answer))
  }
  const price = (source: Address): bigint => book.view(1, 0n).price(source).value
  const kind = (source: Address): string => book.explain(0n).find((one) => one.feed === source)?.kind.by ?? 'none'

  beforeEach(() => {
    chain = new Answers()
    book = new PriceBook('test')
  })

  it('follows a proven proxy, undoes a round exactly and asks no more than it must', async () => {
    proxied(PROXY, AGGREGATOR, 100n)
    book.sync([feed(PROXY)])
    expect(book.askedAt(0n)).toHaveLength(1)
    await book.resolve(chain, at(1))
    expect(kind(PROXY)).toBe('tree')
    expect(book.askedAt(0n)).toHaveLength(0)
    const delta = book.reduce(round(AGGREGATOR, 90n))
    expect(price(PROXY)).toBe(90n)
    expect(book.view(1, 0n).price(PROXY).source).toBe('round')
    delta.undo()
    expect(price(PROXY)).toBe(100n)
    book.reduce(round(BARE, 1n))
    expect(price(PROXY)).toBe(100n)
  })

  it('asks the protocol when a round is not positive: it may revert or have a fallback', async () => {
    proxied(PROXY, AGGREGATOR, 100n)
    book.sync([feed(PROXY)])
    await book.resolve(chain, at(1))
    const delta = book.reduce(round(AGGREGATOR, -5n))
    expect(price(PROXY)).toBe(0n)
    chain.set(feed(PROXY).read, word(77n))
    await book.refreshOpaque(chain, at(1))
    expect(price(PROXY)).toBe(77n)
    book.reduce(round(AGGREGATOR, 80n))
    expect(book.askedAt(0n)).toHaveLength(0)
    delta.undo()
    expect(price(PROXY)).toBe(100n)
  })

  it.each([
    [
      'a dual aggregator',
      () => chain.set(ask(DUAL, 'typeAndVersion'), text('DualAggregator 1.1.0')),
      /without an event/,
    ],
    [
      'a cap that does not bind now',
      () => chain.known.delete(PROXY + ask(PROXY, 'phaseAggregators', [1n]).data),
      /proxy of phases/,
    ],
    [
      'an answer of its own',
      () => chain.set(ask(DUAL, 'latestAnswer'), word(101n)),
      /its aggregator says 101, it says 100/,
    ],
    [
      'a scaled answer',
      () => chain.set(feed(PROXY).read, word(10_000n)),
      /the protocol makes 10000 of the source's 100/,
    ],
    ['no answer', () => chain.known.delete(PROXY + ask(PROXY, 'latestAnswer').data), /no latestAnswer/],
  ])('keeps asking a source with %s', async (_, change, why) => {
    proxied(PROXY, DUAL, 100n)
    change()
    book.sync([feed(PROXY)])
    await book.resolve(chain, at(1))
    expect(kind(PROXY)).toBe('asking')
    expect(JSON.stringify(book.explain(0n).map((one) => one.kind))).toMatch(why)
    expect(book.askedAt(0n)).toHaveLength(1)
  })

  it('follows a bare aggregator only when it was seen emitting the answer it gives', async () => {
    chain.set(feed(BARE).read, word(100n))
    chain.set(ask(BARE, 'latestAnswer'), word(100n))
    book.sync([feed(BARE)])
    await book.resolve(chain, at(1))
    expect(kind(BARE)).toBe('asking')
    chain.logsFound = [round(BARE, 100n)]
    const seen = new PriceBook('test')
    seen.sync([feed(BARE)])
    await seen.resolve(chain, at(1))
    expect(seen.explain(0n)[0]?.kind).toMatchObject({ tree: { kind: 'rounds', aggregator: BARE, proxied: false } })
  })

  it('notices by a check that the proxy points elsewhere or the price differs, and asks from then on', async () => {
    proxied(PROXY, AGGREGATOR, 100n)
    book.sync([feed(PROXY)])
    await book.resolve(chain, at(1))
    await expect(book.check(chain, at(1))).resolves.toEqual([])
    proxied(PROXY, BARE, 100n)
    await expect(book.check(chain, at(2))).resolves.toEqual([PROXY])
    expect(book.askedAt(0n)).toHaveLength(1)
    await book.resolve(chain, at(2))
    expect(book.explain(0n)[0]?.kind).toMatchObject({ tree: { aggregator: BARE } })
    chain.set(feed(PROXY).read, word(99n))
    await expect(book.check(chain, at(3))).resolves.toEqual([PROXY])
  })

  it('examines an opaque source again after a thousand blocks: what kept it from being followed may have passed', async () => {
    proxied(PROXY, AGGREGATOR, 100n)
    chain.known.delete(PROXY + ask(PROXY, 'aggregator').data)
    book.sync([feed(PROXY)])
    await book.resolve(chain, at(1))
    expect(kind(PROXY)).toBe('asking')
    proxied(PROXY, AGGREGATOR, 100n)
    await book.refreshOpaque(chain, at(1_000))
    expect(book.doubtful).toHaveLength(0)
    const delta = await book.refreshOpaque(chain, at(1_001))
    expect(book.doubtful).toHaveLength(1)
    delta.undo()
    expect(book.doubtful).toHaveLength(0)
    await book.refreshOpaque(chain, at(1_002))
    await book.resolve(chain, at(1_002))
    expect(kind(PROXY)).toBe('tree')
  })

  it('answers what-if questions without changing, and throws for a price it does not know', () => {
    book.sync([feed(PROXY)])
    const view = book.view(5, 9n)
    const update = { market: 'test', origin: 'pending' as const, changes: new Map([[PROXY as string, 42n]]) }
    expect(withUpdate(view, update).price(PROXY)).toEqual({ value: 42n, source: 'pending' })
    expect(view.price(PROXY)).toEqual({ value: 0n, source: 'opaque' })
    expect(() => view.price(BARE)).toThrow(expect.objectContaining({ code: 'price-unknown' }))
  })
})

const text = (value: string): Hex => AbiCoder.defaultAbiCoder().encode(['string'], [value]) as Hex
