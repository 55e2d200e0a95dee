import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../../src/domain/chain.js'
import { answerOf } from '../../src/oracle/twin.js'
import type { Leaf, LeafState, PriceNode } from '../../src/oracle/tree.js'
import { TwinReverts } from '../../src/oracle/twins/checked.js'

type Figures = Readonly<Record<string, string>>
interface Recording {
  readonly contract: string
  readonly repository: string
  readonly commit: string
  readonly cases: readonly (Figures & { readonly answer: string | null; readonly branch: string })[]
}

const recording = (kind: string): Recording =>
  JSON.parse(readFileSync(join(__dirname, '..', 'vectors', 'price-adapters', `${kind}.json`), 'utf8')) as Recording

const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const source = address(1)
const leaf = (n: number): Leaf => {
  return { kind: 'rounds', source: address(n), aggregator: address(n), proxied: true, decimals: 8 }
}
const big = (figures: Figures, name: string): bigint => BigInt(figures[name] ?? '0')

interface Posed {
  readonly tree: PriceNode
  /** Answers of leaf 2, leaf 3. */
  readonly answers: readonly bigint[]
  readonly dual?: LeafState
}

const ratioCap = (f: Figures): Posed => ({
  tree: {
    ...{ kind: 'ratio-cap', source, base: leaf(2), ratio: leaf(3) },
    cap: {
      snapshotRatio: big(f, 'snapshotRatio'),
      snapshotTimestamp: big(f, 'snapshotTimestamp'),
      growthPerSecondScaled: big(f, 'growth'),
      growthScale: big(f, 'scale'),
      ratioDecimals: big(f, 'ratioDecimals'),
    },
  },
  answers: [big(f, 'base'), big(f, 'ratio')],
})
const stableCap =
  (zeroBelow: boolean) =>
  (f: Figures): Posed => ({
    tree: { kind: 'stable-cap', source, cap: big(f, 'cap'), zeroBelow, asset: leaf(2) },
    answers: [big(f, 'asset')],
  })

/** How a recorded case is put to the twin. */
const POSE: Readonly<Record<string, (figures: Figures) => Posed>> = {
  'ratio-cap': ratioCap,
  'ratio-cap-2024': ratioCap,
  'stable-cap': stableCap(true),
  'stable-cap-2024': stableCap(false),
  'eur-cap': (f) => ({
    tree: {
      ...{ kind: 'eur-cap', source, asset: leaf(2), base: leaf(3) },
      ...{ capRatio: big(f, 'capRatio'), ratioDecimals: big(f, 'ratioDecimals') },
    },
    answers: [big(f, 'asset'), big(f, 'base')],
  }),
  'base-to-peg': (f) => ({
    tree: { kind: 'base-to-peg', source, decimals: big(f, 'decimals'), asset: leaf(2), base: leaf(3) },
    answers: [big(f, 'asset'), big(f, 'other')],
  }),
  'peg-to-base': (f) => ({
    tree: {
      ...{ kind: 'peg-to-base', source, decimals: big(f, 'decimals'), asset: leaf(2), peg: leaf(3) },
      denominator: 10n ** (big(f, 'assetDecimals') + big(f, 'otherDecimals')),
    },
    answers: [big(f, 'asset'), big(f, 'other')],
  }),
  'principal-token': (f) => ({
    tree: {
      ...{ kind: 'principal-token', source, asset: leaf(2) },
      discount: { maturity: big(f, 'maturity'), perYear: big(f, 'perYear') },
    },
    answers: [big(f, 'asset')],
  }),
  fixed: (f) => ({ tree: { kind: 'fixed', source, price: big(f, 'price') }, answers: [] }),
  dual: (f) => ({
    tree: {
      ...{ kind: 'dual', source, aggregator: address(2), decimals: 8 },
      reader: f['reader'] === 'secondary' ? 'secondary' : 'primary',
    },
    answers: [],
    dual: {
      kind: 'dual',
      rounds: (f['rounds'] as unknown as string[][]).map(([id = '0', answer = '0', recordedAt = '0']) => {
        return { id: BigInt(id), answer: BigInt(answer), recordedAt: BigInt(recordedAt) }
      }),
      secondary: big(f, 'secondary'),
      newestIsSecondary: (f['newestIsSecondary'] as unknown) === true,
      cutoff: big(f, 'cutoff'),
      syncRounds: big(f, 'syncRounds'),
    },
  }),
}

function twinOf({ tree, answers, dual }: Posed, timestamp: bigint): string | null {
  const leaves = new Map<string, LeafState>(answers.map((answer, i) => [address(i + 2), { kind: 'rounds', answer }]))
  if (dual) leaves.set(address(2), dual)
  try {
    return answerOf(tree, leaves, timestamp).toString()
  } catch (error) {
    if (error instanceof TwinReverts) return null
    throw error
  }
}

/** Every branch of each contract, and how often it must have been taken at least. */
const BRANCHES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'ratio-cap': {
    capped: 50,
    'at the cap': 50,
    'not capped': 100,
    'base not positive': 20,
    'ratio not positive': 20,
    reverts: 20,
  },
  'ratio-cap-2024': {
    capped: 40,
    'at the cap': 50,
    'not capped': 100,
    'base not positive': 20,
    'ratio not positive': 20,
    reverts: 20,
  },
  'stable-cap': { capped: 50, 'at the cap': 20, 'not capped': 100, zero: 10, negative: 20 },
  'stable-cap-2024': { capped: 50, 'at the cap': 20, 'not capped': 100, zero: 10, negative: 20 },
  'eur-cap': {
    capped: 80,
    'at the cap': 20,
    'not capped': 80,
    'not positive': 20,
    'capped below zero': 15,
    reverts: 1,
  },
  'base-to-peg': { priced: 100, 'rounded to zero': 20, 'asset not positive': 20, 'other not positive': 20, reverts: 1 },
  'peg-to-base': { priced: 100, 'rounded to zero': 20, 'asset not positive': 20, 'other not positive': 20, reverts: 1 },
  'principal-token': {
    'before maturity': 150,
    'at maturity': 20,
    'after maturity': 50,
    'asset not positive': 20,
    reverts: 1,
  },
  fixed: { priced: 250, zero: 3 },
  dual: {
    'primary: newest': 80,
    'primary: hidden in its block': 15,
    'secondary: before the cutoff': 80,
    'secondary: after, newest is the auctioned': 30,
    'secondary: after, newest': 10,
    'secondary: after, older round': 8,
    'secondary: after, back to the auctioned': 10,
  },
}

describe('twins of price adapters, against recorded answers of the real contracts', () => {
  it.each(Object.keys(POSE))('%s: equal to the unit in every case, every branch taken', (kind) => {
    const { cases, commit } = recording(kind)
    const pose = POSE[kind]
    if (!pose) throw new Error(kind)
    expect(commit).not.toBe('')
    expect(cases.length).toBeGreaterThanOrEqual(300)
    const taken: Record<string, number> = {}
    for (const one of cases) {
      const { answer, branch, ...figures } = one
      taken[branch] = (taken[branch] ?? 0) + 1
      expect({ figures, twin: twinOf(pose(figures), big(figures, 'timestamp')) }).toEqual({ figures, twin: answer })
    }
    for (const [branch, least] of Object.entries(BRANCHES[kind] ?? {}))
      expect({ branch, often: (taken[branch] ?? 0) >= least }).toEqual({ branch, often: true })
    expect(Object.keys(taken).sort()).toEqual(Object.keys(BRANCHES[kind] ?? {}).sort())
  })
})
