import type { Address } from '../domain/chain.js'
import { adapterCall, type Probe } from './probe.js'
import type { Adapter, Leaf, PriceNode } from './tree.js'

/** What a contract seems to be, with the contracts it asks; `build` makes the node once those are known. */
export interface Shape {
  readonly children: readonly Address[]
  build(child: (source: Address) => Child): Adapter | Leaf
}

export interface Child {
  readonly node: PriceNode
  /** Its `latestAnswer()`; null when it has none. */
  readonly answer: bigint | null
}

const PT_UNIT = 10n ** 18n
const YEAR_SECONDS = 31_536_000n

/**
 * Which adapter a contract seems to be by the getters it has; null for none of those known. Seeming is enough: a tree is
 * believed only as far as its answer has been the contract's own, and that is compared at every block. Pure.
 */
export function recognise(probe: Probe): Shape | null {
  return (
    ratioCap(probe) ??
    eurCap(probe) ??
    stableCap(probe) ??
    principalToken(probe) ??
    synchronicity(probe) ??
    fixed(probe)
  )
}

function ratioCap(probe: Probe): Shape | null {
  const { source } = probe
  const base = probe.address('BASE_TO_USD_AGGREGATOR')
  const now = probe.signed('getRatio')
  const snapshotRatio = probe.unsigned('getSnapshotRatio')
  const snapshotTimestamp = probe.unsigned('getSnapshotTimestamp')
  const ratioDecimals = probe.decimals('RATIO_DECIMALS')
  const scaled = probe.unsigned('getMaxRatioGrowthPerSecondScaled')
  // before October 2025 the growth was kept in whole units
  const growthPerSecondScaled = scaled ?? probe.unsigned('getMaxRatioGrowthPerSecond')
  const growthScale = scaled === null ? 1n : probe.unsigned('SCALING_FACTOR')
  if (base === null || now === null || snapshotRatio === null || snapshotTimestamp === null) return null
  if (ratioDecimals === null || growthPerSecondScaled === null || growthScale === null) return null
  const cap = { snapshotRatio, snapshotTimestamp, growthPerSecondScaled, growthScale, ratioDecimals }
  const reading: Leaf = { kind: 'reading', source, request: adapterCall(source, 'getRatio'), what: 'getRatio()' }
  const provider = probe.address('RATIO_PROVIDER')
  return {
    children: provider === null ? [base] : [base, provider],
    build(child) {
      const feed = provider === null ? null : child(provider)
      const ratio = feed?.node.kind === 'rounds' && feed.answer === now ? feed.node : reading
      return { kind: 'ratio-cap', source, cap, base: child(base).node, ratio }
    },
  }
}

function eurCap(probe: Probe): Shape | null {
  const { source } = probe
  const asset = probe.address('ASSET_TO_USD_AGGREGATOR')
  const base = probe.address('BASE_TO_USD_AGGREGATOR')
  const capRatio = probe.signed('getPriceCapRatio')
  const ratioDecimals = probe.decimals('RATIO_DECIMALS')
  if (asset === null || base === null || capRatio === null || ratioDecimals === null) return null
  const build: Shape['build'] = (child) => {
    return { kind: 'eur-cap', source, capRatio, ratioDecimals, asset: child(asset).node, base: child(base).node }
  }
  return { children: [asset, base], build }
}

function stableCap(probe: Probe): Shape | null {
  const { source } = probe
  const asset = probe.address('ASSET_TO_USD_AGGREGATOR')
  const cap = probe.signed('getPriceCap')
  if (asset === null || cap === null) return null
  const zeroBelow = probe.signed('MAX_STABLE_CAP_VALUE') !== null
  return {
    children: [asset],
    build: (child) => ({ kind: 'stable-cap', source, cap, zeroBelow, asset: child(asset).node }),
  }
}

function principalToken(probe: Probe): Shape | null {
  const { source } = probe
  const asset = probe.address('ASSET_TO_USD_AGGREGATOR')
  const maturity = probe.unsigned('MATURITY')
  const perYear = probe.unsigned('discountRatePerYear')
  const sameUnits =
    probe.unsigned('PERCENTAGE_FACTOR') === PT_UNIT && probe.unsigned('SECONDS_PER_YEAR') === YEAR_SECONDS
  if (asset === null || maturity === null || perYear === null || !sameUnits) return null
  return {
    children: [asset],
    build: (child) => ({ kind: 'principal-token', source, discount: { maturity, perYear }, asset: child(asset).node }),
  }
}

function synchronicity(probe: Probe): Shape | null {
  const { source } = probe
  const asset = probe.address('ASSET_TO_PEG')
  const base = probe.address('BASE_TO_PEG')
  const peg = probe.address('PEG_TO_BASE')
  const decimals = probe.decimals('DECIMALS')
  const denominator = probe.signed('DENOMINATOR')
  if (asset === null || decimals === null) return null
  if (base !== null)
    return {
      children: [asset, base],
      build: (child) => ({ kind: 'base-to-peg', source, decimals, asset: child(asset).node, base: child(base).node }),
    }
  if (peg === null || denominator === null) return null
  const build: Shape['build'] = (child) => {
    return { kind: 'peg-to-base', source, decimals, denominator, asset: child(asset).node, peg: child(peg).node }
  }
  return { children: [asset, peg], build }
}

function fixed(probe: Probe): Shape | null {
  const price = probe.signed('price')
  if (price === null || probe.address('ACL_MANAGER') === null || probe.decimals('DECIMALS') === null) return null
  return { children: [], build: () => ({ kind: 'fixed', source: probe.source, price }) }
}
