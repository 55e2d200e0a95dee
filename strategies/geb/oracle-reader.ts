import type { Address, Hex, Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { JOIN, ORACLES, SAFE_ENGINE, addressOf, askAll, word } from './calls.js'
import { contractOf } from './contracts.js'

export interface DelayedPrice {
  /** Wad. */
  readonly value: bigint
  readonly valid: boolean
}

/** The price on its way from the delayed oracle into the engine. */
export interface OracleFacts {
  readonly cType: Hex
  /** The oracle that the relayer goes by: governance can replace it, and the market file names the one of its day. */
  readonly relayed: Address
  readonly current: DelayedPrice
  /** What `updateResult` will make the current one. */
  readonly next: DelayedPrice
  readonly updatedAt: bigint
  readonly delay: bigint
  /** `liquidationCRatio`, ray. */
  readonly ratio: bigint
  /** What the engine goes by, ray. */
  readonly liquidationPrice: bigint
}

/**
 * Why telling the market's delayed oracle its next price would tell nobody, in one line with what to do; null while the
 * relayer goes by it.
 */
export function replacedOracle(market: Market, relayed: Address): string | null {
  const named = contractOf(market, 'delayedOracle')
  return relayed === named
    ? null
    : `${market.id}: the oracle relayer goes by the oracle ${relayed}, no longer by the delayedOracle ${named} of ` +
        'MARKETS_FILE: governance has replaced it; look at the new one, then set delayedOracle to it'
}

/** Reads where a price stands between the delayed oracle, the relayer and the engine. */
export class OracleReader {
  private cType: Hex | null = null

  constructor(private readonly market: Market) {}

  async at(reader: Reader, block: number): Promise<OracleFacts> {
    const { market } = this
    const oracle = contractOf(market, 'delayedOracle')
    const cType = (this.cType ??= await this.readType(reader, block))
    const [current, next, updatedAt, delay, relayed, data] = await askAll(
      reader,
      [
        [ORACLES, oracle, 'getResultWithValidity'],
        [ORACLES, oracle, 'getNextResultWithValidity'],
        [ORACLES, oracle, 'lastUpdateTime'],
        [ORACLES, oracle, 'updateDelay'],
        [ORACLES, contractOf(market, 'oracleRelayer'), 'cParams', [cType]],
        [SAFE_ENGINE, contractOf(market, 'safeEngine'), 'cData', [cType]],
      ],
      block,
    )
    return {
      cType,
      relayed: addressOf(word(relayed)),
      current: { value: word(current, 0), valid: word(current, 1) !== 0n },
      next: { value: word(next, 0), valid: word(next, 1) !== 0n },
      ...{ updatedAt: word(updatedAt), delay: word(delay), ratio: word(relayed, 2), liquidationPrice: word(data, 4) },
    }
  }

  /** `replacedOracle` at `block`. Rejects as reading does. */
  async replaced(reader: Reader, block: number): Promise<string | null> {
    const { market } = this
    const cType = (this.cType ??= await this.readType(reader, block))
    const [relayed] = await askAll(reader, [[ORACLES, contractOf(market, 'oracleRelayer'), 'cParams', [cType]]], block)
    return replacedOracle(market, addressOf(word(relayed)))
  }

  private async readType(reader: Reader, block: number): Promise<Hex> {
    const [type] = await askAll(reader, [[JOIN, contractOf(this.market, 'collateralJoin'), 'collateralType']], block)
    return `0x${word(type).toString(16).padStart(64, '0')}`
  }
}
