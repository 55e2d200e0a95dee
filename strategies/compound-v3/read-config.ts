import { keccak256 } from 'ethers'
import { type Address, type Hex, type Reader, toAddress } from '../../src/domain/chain.js'
import type { Batch } from '../../src/domain/batch.js'
import type { Market, Token } from '../../src/domain/market.js'
import { addressAt, textOf, wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { fingerprintOf } from './fingerprint.js'
import { COMET_CALL, TOKEN_CALL } from './signatures.js'
import type { Asset, Config } from './state.js'

/** EIP-1967: keccak256('eip1967.proxy.implementation') − 1. */
const IMPLEMENTATION_SLOT: Hex = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

const NUMBERS = [
  ...(['baseScale', 'trackingIndexScale', 'storeFrontPriceFactor', 'targetReserves'] as const),
  ...(['baseTrackingSupplySpeed', 'baseTrackingBorrowSpeed', 'baseMinForRewards'] as const),
  ...(['supplyKink', 'supplyPerSecondInterestRateSlopeLow', 'supplyPerSecondInterestRateSlopeHigh'] as const),
  ...(['supplyPerSecondInterestRateBase', 'borrowKink', 'borrowPerSecondInterestRateSlopeLow'] as const),
  ...(['borrowPerSecondInterestRateSlopeHigh', 'borrowPerSecondInterestRateBase', 'numAssets'] as const),
] as const

export interface Configuration {
  readonly config: Config
  /** With nothing for sale yet: `readTotals` fills it in. */
  readonly assets: readonly Asset[]
}

/** The implementation's constants and asset infos, 12 or 24, in three rounds. Throws `KeeperError('read-failed')`. */
export async function readConfiguration(batch: Batch, market: Market): Promise<Configuration> {
  const comet = contractOf(market, 'comet')
  const [base = '0x', feed = '0x', ...words] = await batch.all([
    COMET_CALL.baseToken(comet),
    COMET_CALL.baseTokenPriceFeed(comet),
    ...NUMBERS.map((name) => COMET_CALL[name](comet)),
  ])
  const number = (name: (typeof NUMBERS)[number]): bigint => wordAt(words[NUMBERS.indexOf(name)] ?? '0x', 0)
  const count = Number(number('numAssets'))
  const infos = await batch.all(Array.from({ length: count }, (_, i) => COMET_CALL.getAssetInfo(comet, i)))
  const [baseToken, ...tokens] = await readTokens(batch, [
    addressAt(base, 0),
    ...infos.map((info) => addressAt(info, 1)),
  ])
  if (baseToken === undefined) throw new RangeError('a Comet has a base token')
  return {
    config: {
      base: baseToken,
      baseFeed: addressAt(feed, 0),
      baseScale: number('baseScale'),
      trackingIndexScale: number('trackingIndexScale'),
      storeFrontFactor: number('storeFrontPriceFactor'),
      targetReserves: number('targetReserves'),
      trackingSupplySpeed: number('baseTrackingSupplySpeed'),
      trackingBorrowSpeed: number('baseTrackingBorrowSpeed'),
      minForRewards: number('baseMinForRewards'),
      supply: {
        kink: number('supplyKink'),
        slopeLow: number('supplyPerSecondInterestRateSlopeLow'),
        slopeHigh: number('supplyPerSecondInterestRateSlopeHigh'),
        base: number('supplyPerSecondInterestRateBase'),
      },
      borrow: {
        kink: number('borrowKink'),
        slopeLow: number('borrowPerSecondInterestRateSlopeLow'),
        slopeHigh: number('borrowPerSecondInterestRateSlopeHigh'),
        base: number('borrowPerSecondInterestRateBase'),
      },
    },
    assets: infos.map((info, index) => assetOf(info, index, tokens[index])),
  }
}

function assetOf(info: Hex, index: number, token: Token | undefined): Asset {
  if (token === undefined) throw new RangeError('an asset info has a token')
  return {
    index,
    token,
    feed: addressAt(info, 2),
    scale: wordAt(info, 3),
    liquidateFactor: wordAt(info, 5),
    liquidationFactor: wordAt(info, 6),
    reserves: 0n,
  }
}

async function readTokens(batch: Batch, addresses: readonly Address[]): Promise<Token[]> {
  const answers = await batch.try(
    addresses.flatMap((address) => [TOKEN_CALL.symbol(address), TOKEN_CALL.decimals(address)]),
  )
  return addresses.map((address, i) => ({
    address,
    symbol: textOf(answers[2 * i] ?? '0x') || address.slice(0, 8),
    decimals: Number(wordAt(answers[2 * i + 1] ?? '0x', 0)),
  }))
}

export interface Implementation {
  readonly address: Address
  readonly fingerprint: Hex
  readonly known: boolean
}

/** The code behind the proxy, and whether the market file has its fingerprint. */
export async function readImplementation(reader: Reader, market: Market, block: number): Promise<Implementation> {
  const word = await reader.storage(contractOf(market, 'comet'), IMPLEMENTATION_SLOT, block)
  const address = toAddress(`0x${word.slice(2).padStart(64, '0').slice(24)}`)
  const code = await reader.code(address, block)
  const fingerprint = code === '0x' ? (keccak256(code) as Hex) : fingerprintOf(code)
  return { address, fingerprint, known: code !== '0x' && market.implementationCodeHashes.includes(fingerprint) }
}
