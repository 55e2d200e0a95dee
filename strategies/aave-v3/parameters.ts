import type { Address, CallRequest, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import type { Batch } from '../../src/domain/batch.js'
import { readSentinel } from './read-sentinel.js'
import { type RuleSet, rulesFor } from './rules.js'
import { ORACLE, POOL, PROVIDER, TOKEN } from './signatures.js'
import { type EModeCategory, type Reserve, type Sentinel, ZERO_ADDRESS } from './state.js'
import { addressAt, textOf, wordAt } from '../../src/domain/abi-words.js'

/** Everything of a market at one block but its positions. */
export interface Parameters {
  readonly revision: number
  readonly oracle: Address
  readonly flashPremiumBps: bigint
  readonly sentinel: Sentinel | null
  readonly reserves: readonly Reserve[]
  readonly eModes: readonly EModeCategory[]
}

/** Reads all parameters in three rounds. Throws `KeeperError('unknown-revision')` and `KeeperError('read-failed')`. */
export async function readParameters(batch: Batch, market: Market): Promise<Parameters> {
  const pool = contractOf(market, 'pool')
  const provider = contractOf(market, 'addressesProvider')
  const [revision, list, premium, oracleWord, sentinelWord] = await batch.all([
    POOL.POOL_REVISION(pool),
    POOL.getReservesList(pool),
    POOL.FLASHLOAN_PREMIUM_TOTAL(pool),
    PROVIDER.getPriceOracle(provider),
    PROVIDER.getPriceOracleSentinel(provider),
  ])
  const rules = rulesFor(Number(wordAt(revision ?? '0x', 0)))
  const oracle = addressAt(oracleWord ?? '0x', 0)
  const assets = addressList(list ?? '0x')
  const eModes = await readEModes(batch, rules, pool, oracle)
  return {
    revision: Number(wordAt(revision ?? '0x', 0)),
    oracle,
    flashPremiumBps: wordAt(premium ?? '0x', 0),
    sentinel: rules.sentinel ? await readSentinel(batch, addressAt(sentinelWord ?? '0x', 0)) : null,
    reserves: await readReserves(batch, rules, pool, oracle, assets),
    eModes,
  }
}

function addressList(data: Hex): Address[] {
  const count = Number(wordAt(data, 1))
  return Array.from({ length: count }, (_, i) => addressAt(data, 2 + i))
}

const PER_RESERVE = 6

async function readReserves(
  batch: Batch,
  rules: RuleSet,
  pool: Address,
  oracle: Address,
  assets: readonly Address[],
): Promise<Reserve[]> {
  const first = await batch.try(
    assets.flatMap((asset): CallRequest[] => [
      POOL.getReserveData(pool, asset),
      ORACLE.getSourceOfAsset(oracle, asset),
      TOKEN.symbol(asset),
      POOL.getLiquidationGracePeriod(pool, asset),
      POOL.getReserveDeficit(pool, asset),
      POOL.getVirtualUnderlyingBalance(pool, asset),
    ]),
  )
  const held = await batch.all(
    assets.flatMap((asset, i) => {
      const data = first[i * PER_RESERVE] ?? '0x'
      return [TOKEN.scaledTotalSupply(addressAt(data, 10)), TOKEN.balanceOf(asset, addressAt(data, 8))]
    }),
  )
  return assets.map((asset, i) => {
    const [data, source, symbol, grace, deficit, virtual] = first.slice(i * PER_RESERVE, (i + 1) * PER_RESERVE)
    const holding = wordAt(held[2 * i + 1] ?? '0x', 0)
    return reserveOf(asset, data ?? '0x', {
      source: source ? addressAt(source, 0) : ZERO_ADDRESS,
      symbol: symbol ? textOf(symbol) : asset.slice(0, 8),
      graceUntil: grace ? wordAt(grace, 0) : 0n,
      deficit: deficit ? wordAt(deficit, 0) : 0n,
      available: rules.liquidity === 'virtual' && virtual ? wordAt(virtual, 0) : holding,
      scaledDebt: wordAt(held[2 * i] ?? '0x', 0),
    })
  })
}

type Beside = Pick<Reserve, 'source' | 'symbol' | 'graceUntil' | 'deficit' | 'available' | 'scaledDebt'>

/** `data` is getReserveData's legacy tuple, whose first word is the configuration map (ReserveConfiguration.sol). */
function reserveOf(asset: Address, data: Hex, beside: Beside): Reserve {
  const configuration = wordAt(data, 0)
  const bits = (from: bigint, count: bigint): bigint => (configuration >> from) & ((1n << count) - 1n)
  const decimals = Number(bits(48n, 8n))
  return {
    id: Number(wordAt(data, 7)),
    asset,
    decimals,
    unit: 10n ** BigInt(decimals),
    aToken: addressAt(data, 8),
    debtToken: addressAt(data, 10),
    threshold: bits(16n, 16n),
    bonus: bits(32n, 16n),
    active: bits(56n, 1n) === 1n,
    paused: bits(60n, 1n) === 1n,
    flashLoans: bits(63n, 1n) === 1n,
    protocolFee: bits(152n, 16n),
    category: Number(bits(168n, 8n)),
    liquidityIndex: wordAt(data, 1),
    liquidityRate: wordAt(data, 2),
    borrowIndex: wordAt(data, 3),
    borrowRate: wordAt(data, 4),
    updatedAt: wordAt(data, 6),
    ...beside,
  }
}

const EMODE_IDS = Array.from({ length: 255 }, (_, i) => i + 1)

async function readEModes(batch: Batch, rules: RuleSet, pool: Address, oracle: Address): Promise<EModeCategory[]> {
  if (rules.eMode === 'category') return readCategoriesWithPrices(batch, pool, oracle)
  const answers = await batch.all(
    EMODE_IDS.flatMap((id) => [
      POOL.getEModeCategoryCollateralConfig(pool, id),
      POOL.getEModeCategoryCollateralBitmap(pool, id),
    ]),
  )
  return EMODE_IDS.map((id, i) => {
    const config = answers[2 * i] ?? '0x'
    return {
      id,
      threshold: wordAt(config, 1),
      bonus: wordAt(config, 2),
      collateral: wordAt(answers[2 * i + 1] ?? '0x', 0),
      priceAsset: ZERO_ADDRESS,
      priceSource: ZERO_ADDRESS,
    }
  }).filter(({ threshold, collateral }) => threshold > 0n || collateral > 0n)
}

/** Revisions ≤ 4: the tuple is dynamic, its words follow one offset. */
async function readCategoriesWithPrices(batch: Batch, pool: Address, oracle: Address): Promise<EModeCategory[]> {
  const answers = await batch.all(EMODE_IDS.map((id) => POOL.getEModeCategoryData(pool, id)))
  const categories = EMODE_IDS.map((id, i): EModeCategory => {
    const data = answers[i] ?? '0x'
    const [threshold, bonus, priceAsset] = [wordAt(data, 2), wordAt(data, 3), addressAt(data, 4)]
    return { id, threshold, bonus, priceAsset, collateral: 0n, priceSource: ZERO_ADDRESS }
  }).filter(({ threshold }) => threshold > 0n)
  const priced = categories.filter(({ priceAsset }) => priceAsset !== ZERO_ADDRESS)
  const sources = await batch.all(priced.map(({ priceAsset }) => ORACLE.getSourceOfAsset(oracle, priceAsset)))
  for (const [i, category] of priced.entries()) category.priceSource = addressAt(sources[i] ?? '0x', 0)
  return categories
}
