import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { Random } from '../../src/devnet/positions/random.js'
import { forwardedTransmit } from '../../src/devnet/transmit.js'
import type { BlockRef } from '../../src/domain/chain.js'
import type { Delta } from '../../src/domain/strategy.js'
import { PriceBook } from '../../src/oracle/price-book.js'
import type { LeafAnswer } from '../../src/oracle/price-update.js'
import { PriceWorld, SOURCES } from './support/price-world.js'

const long = process.env['TEST_LONG'] === '1'
const STEPS = long ? 1_500 : 60
const SEED = long ? Date.now() >>> 0 : 20_261_121

let world: PriceWorld
let random: Random
let book: PriceBook
let tip: BlockRef
let epoch = 0

const int = (low: number, high: number): number => low + Math.floor(random.next() * (high - low + 1))
const price = (low: number, high: number): bigint => BigInt(Math.floor(random.logUniform(low, high)))

/** What happens in one block, and what is told beforehand of the leaves. */
interface Happening {
  readonly name: string
  readonly answer?: LeafAnswer
  happen(at: bigint): Promise<BlockRef>
}

function round(): Happening {
  const answer = price(100_00000000, 9_000_00000000)
  const { aggregator } = world.contracts
  return {
    name: 'round',
    answer: { aggregator: aggregator.address, answer },
    happen: (at) => world.act(at, aggregator, 'setAnswer', [answer]),
  }
}

function dualRound(): Happening {
  const { dualAggregator } = world.contracts
  const answer = price(20_000_00000000, 120_000_00000000)
  const auctioned = random.next() < 0.5
  const report = {
    observationsTimestamp: Number(tip.timestamp),
    epochAndRound: BigInt(++epoch),
    observations: [answer],
  }
  const data = forwardedTransmit(dualAggregator.address, report, auctioned)
  const [, inner] = world.forwarder.decodeFunctionData('forward', data) as unknown as [string, string]
  const call = dualAggregator.abi.parseTransaction({ data: inner })
  return {
    name: auctioned ? 'auctioned round' : 'round of a dual feed, not auctioned',
    answer: { aggregator: dualAggregator.address, answer, auctioned },
    happen: (at) => world.act(at, dualAggregator, call?.name ?? '', [...(call?.args ?? [])]),
  }
}

const HAPPENINGS: readonly [() => Happening, ...(() => Happening)[]] = [
  round,
  round,
  dualRound,
  dualRound,
  dualRound,
  () => ({ name: 'nothing', happen: (at) => world.act(at) }),
  () => {
    const rate = price(9e17, 13e17)
    return { name: 'rate', happen: (at) => world.act(at, world.contracts.rate, 'setRate', [rate]) }
  },
  () => {
    const snapshot = [price(9e17, 13e17), tip.timestamp - BigInt(int(0, 10_000_000)), int(0, 20_000)]
    return { name: 'cap', happen: (at) => world.act(at, world.contracts.ratio, 'setCap', snapshot) }
  },
  () => {
    const rate = price(1e15, 5e18)
    return {
      name: 'discount',
      happen: (at) => world.act(at, world.contracts.principal, 'setDiscountRatePerYear', [rate]),
    }
  },
  () => {
    const cutoff = int(0, 90)
    return { name: 'cutoff', happen: (at) => world.act(at, world.contracts.dualAggregator, 'setCutoffTime', [cutoff]) }
  },
]

/** Takes a block as the indexer does. */
async function take(block: BlockRef): Promise<Delta[]> {
  tip = block
  const deltas = (await world.logs(block)).map((log) => book.reduce(log))
  deltas.push(await book.refreshOpaque(world.reader, block))
  return deltas
}

const counted: Record<string, number> = {}
const count = (what: string): void => {
  counted[what] = (counted[what] ?? 0) + 1
}

/** Every twin against its contract in a block of this time on top of the newest. */
async function equalsContracts(at: bigint): Promise<void> {
  const answers = await world.answers(at)
  const view = book.view(tip.number, at)
  for (const name of SOURCES) {
    const { value, source } = view.price(name)
    if (source === 'opaque' && at !== tip.timestamp) continue
    expect({ seed: SEED, name, at, value }).toEqual({ seed: SEED, name, at, value: answers[name] })
    count(source === 'round' ? name : 'opaque')
  }
}

const kinds = (): string[] =>
  book.explain(tip.timestamp).map(({ kind }) => (kind.by === 'tree' ? kind.tree.kind : kind.why))

describe(`price trees on chain, seed ${SEED}`, () => {
  beforeAll(async () => {
    random = new Random(SEED)
    world = await PriceWorld.start()
    book = new PriceBook('test')
    tip = await world.act((await world.head()).timestamp + 1n)
    book.sync(world.feeds)
    await book.resolve(world.reader, tip)
  })
  afterAll(() => world.stop())

  it('every kind of source is recognised, by the reader that reads it', () => {
    expect(kinds()).toEqual([
      ...['rounds', 'ratio-cap', 'ratio-cap', 'principal-token', 'principal-token', 'dual', 'dual', 'principal-token'],
    ])
    const readers = book
      .explain(0n)
      .map(({ kind }) => (kind.by === 'tree' && kind.tree.kind === 'dual' ? kind.tree.reader : ''))
    expect(readers.filter((one) => one !== '')).toEqual(['secondary', 'primary'])
  })

  it('twins equal their contracts at any time, whatever lands, and undo it exactly', async () => {
    for (let step = 0; step < STEPS; step++) {
      const before = { tip, values: book.values(tip.timestamp) }
      const snapshot = step % 10 === 9 ? await world.anvil.rpc('evm_snapshot', []) : null
      const { name, answer, happen } = random.pick(HAPPENINGS)()
      const at = tip.timestamp + BigInt(random.pick([1, 12, 25, 40, 100_000]))
      const promised = new Map([...book.values(at), ...(answer ? book.whatIf([answer], at).changes : [])])
      const deltas = await take(await happen(at))
      count(name)
      await equalsContracts(at)
      // a rate has no event, and a cap or discount none of a leaf: nobody could have told
      if (answer)
        for (const feed of SOURCES) {
          const told = { seed: SEED, feed, name, value: promised.get(feed) }
          expect(told).toEqual({ ...told, value: book.view(tip.number, at).price(feed).value })
          count('foretold')
        }
      if (book.doubtful.length > 0) deltas.push(await book.resolve(world.reader, tip))
      expect(kinds()).not.toContain('asking')
      await equalsContracts(tip.timestamp + BigInt(int(1, 60)))
      await equalsContracts(tip.timestamp + BigInt(int(60, 3_000_000)))
      if (snapshot === null) continue
      for (const delta of deltas.reverse()) delta.undo()
      await world.anvil.rpc('evm_revert', [snapshot])
      tip = before.tip
      expect(book.values(tip.timestamp)).toEqual(before.values)
      await equalsContracts(tip.timestamp + BigInt(int(0, 500)))
      count('undone')
    }
    const twins = SOURCES.reduce((sum, name) => sum + (counted[name] ?? 0), 0)
    expect(twins).toBeGreaterThanOrEqual(1_000)
    for (const name of SOURCES) expect({ name, often: (counted[name] ?? 0) >= 80 }).toEqual({ name, often: true })
    process.stdout.write(`price trees, seed ${SEED}: ${twins} answers equal; ${JSON.stringify(counted)}\n`)
  })

  it('a change of aggregator is followed from the block in which it lands', async () => {
    const { plain, next } = world.contracts
    await take(await world.act(tip.timestamp + 5n, plain, 'proposeAggregator', [next.address]))
    await take(await world.act(tip.timestamp + 5n, plain, 'confirmAggregator', [next.address]))
    await equalsContracts(tip.timestamp)
    expect(book.doubtful.map(({ id }) => id)).toEqual(['plain', 'ratio', 'nested', 'principal', 'overRatio'])
    await book.resolve(world.reader, tip)
    await take(await world.act(tip.timestamp + 5n, next, 'setAnswer', [1_234_00000000n]))
    expect(book.view(tip.number, tip.timestamp).price('plain')).toEqual({ value: 1_234_00000000n, source: 'round' })
    await equalsContracts(tip.timestamp + 77n)
    expect(book.filters().flatMap(({ addresses }) => addresses)).not.toContain(world.contracts.aggregator.address)
  })

  it('a source that only looks like a known adapter is never believed further than asking goes', async () => {
    const { plain } = world.contracts
    const mimic = await world.admin.deploy(ownContract('PriceMimic'), [plain.address, 1_234_00000000n])
    const feed = world.feed(mimic.address, 'mimic')
    const one = new PriceBook('mimic')
    one.sync([feed])
    await one.resolve(world.reader, await world.head())
    expect(one.explain(0n)[0]?.kind).toMatchObject({ by: 'tree' })
    for (let lie = 1n; lie <= 5n; lie++) {
      await world.admin.send(mimic, 'lie', [lie])
      const at = await world.head()
      await one.refreshOpaque(world.reader, at)
      expect(one.view(at.number, at.timestamp + 12n).price('mimic')).toEqual({ value: lie, source: 'opaque' })
      // back to what its getters say: it is examined and believed again, three times at most
      await world.admin.send(mimic, 'lie', [1_234_00000000n])
      await one.resolve(world.reader, await world.head())
    }
    expect(one.explain(0n)[0]?.kind).toEqual({ by: 'asking', why: 'its tree was wrong again and again' })
  })
})
