import { encodeBytes32String } from 'ethers'
import { AAVE_UMBRELLA, AAVE_UMBRELLA_STAKE } from '../../abis/aave-umbrella.js'
import type { ReserveCoverage, StakeCoverage } from '../../src/auctions/coverage.js'
import { callsOf } from '../../src/domain/abi-calls.js'
import { addressAt, textOf, wordAt } from '../../src/domain/abi-words.js'
import { Batch } from '../../src/domain/batch.js'
import type { Address, BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import { POOL, PROVIDER, TOKEN } from './signatures.js'

const UMBRELLA = callsOf(AAVE_UMBRELLA)
const STAKE = callsOf(AAVE_UMBRELLA_STAKE)
/** What the pool itself asks its provider for before it lets a deficit be eliminated. */
const UMBRELLA_ID = encodeBytes32String('UMBRELLA') as Hex
const NOBODY: Address = `0x${'0'.repeat(40)}`
/** Words of one slashing configuration: staked token, oracle, liquidation fee. */
const CONFIG_WORDS = 3

type Answer = Hex | null | undefined

const numberOf = (data: Answer, index = 0): bigint => (data && data !== '0x' ? wordAt(data, index) : 0n)

/**
 * The deficit of each reserve of a pool of v3.3 and later, and what Umbrella has staked for it; reserves with neither are left out,
 * and a pool without deficits (before v3.3) or without an Umbrella answers what it has. Nobody bids here: slashing is open to all and
 * pays nothing. Four rounds at one block.
 */
export async function readCoverage(reader: Reader, market: Market, block: BlockRef): Promise<ReserveCoverage[]> {
  const batch = new Batch(reader, block.number)
  const pool = contractOf(market, 'pool')
  const [list = '0x'] = await batch.all([POOL.getReservesList(pool)])
  const assets = Array.from({ length: Math.max(0, (list.length - 2) / 64 - 2) }, (_, i) => addressAt(list, 2 + i))
  const [named] = await batch.try([PROVIDER.getAddress(contractOf(market, 'addressesProvider'), UMBRELLA_ID)])
  const umbrella = named && named !== '0x' ? addressAt(named, 0) : NOBODY
  const answers = await batch.try(assets.flatMap((asset) => asksOf(pool, umbrella, asset)))
  const rows = assets.map((asset, i) => rowOf(asset, answers.slice(ASKS * i, ASKS * (i + 1))))
  const told = rows.filter(({ deficit, stakes }) => deficit > 0n || stakes.length > 0)
  const stakes = await readStakes(batch, [...new Set(told.flatMap((row) => row.stakes))])
  const symbols = await batch.try(told.flatMap(({ asset }) => [TOKEN.symbol(asset), TOKEN.decimals(asset)]))
  return told.map(({ stakes: covering, asset, ...figures }, i) => ({
    token: { address: asset, symbol: textOf(symbols[2 * i] ?? '0x'), decimals: Number(numberOf(symbols[2 * i + 1])) },
    ...figures,
    stakes: covering.flatMap((stake) => stakes.get(stake) ?? []),
  }))
}

const ASKS = 5

const asksOf = (pool: Address, umbrella: Address, asset: Address) => [
  POOL.getReserveDeficit(pool, asset),
  UMBRELLA.getDeficitOffset(umbrella, asset),
  UMBRELLA.getPendingDeficit(umbrella, asset),
  UMBRELLA.isReserveSlashable(umbrella, asset),
  UMBRELLA.getReserveSlashingConfigs(umbrella, asset),
]

interface Row extends Omit<ReserveCoverage, 'token' | 'stakes'> {
  readonly asset: Address
  readonly stakes: readonly Address[]
}

function rowOf(asset: Address, [deficit, offset, pending, slashable, configs]: readonly Answer[]): Row {
  return {
    ...{ asset, deficit: numberOf(deficit), offset: numberOf(offset), pending: numberOf(pending) },
    slashable: numberOf(slashable) === 0n ? 0n : numberOf(slashable, 1),
    stakes: stakesOf(configs),
  }
}

/** As many as the answer has, whatever length it claims. */
function stakesOf(configs: Answer): Address[] {
  if (!configs || configs === '0x') return []
  const count = Math.max(0, Math.floor(((configs.length - 2) / 64 - 2) / CONFIG_WORDS))
  return Array.from({ length: count }, (_, i) => addressAt(configs, 2 + CONFIG_WORDS * i))
}

async function readStakes(batch: Batch, stakes: readonly Address[]): Promise<Map<Address, StakeCoverage>> {
  const answers = await batch.try(
    stakes.flatMap((stake) => [STAKE.asset(stake), STAKE.totalAssets(stake), STAKE.symbol(stake)]),
  )
  const held = stakes.map((address, i) => {
    const [asset, assets, symbol] = answers.slice(3 * i, 3 * i + 3)
    const of = asset && asset !== '0x' ? addressAt(asset, 0) : NOBODY
    return { address, symbol: textOf(symbol ?? '0x'), asset: of, assets: numberOf(assets) }
  })
  const decimals = await batch.try(held.map(({ asset }) => TOKEN.decimals(asset)))
  return new Map(held.map((one, i) => [one.address, { ...one, decimals: Number(numberOf(decimals[i])) }]))
}
