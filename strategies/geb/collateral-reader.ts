import type { Snapshot, VenueReader } from '../../src/auctions/venue.js'
import type { Address, BlockRef, Reader } from '../../src/domain/chain.js'
import { RAY } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { KnownIds } from '../../src/auctions/known-ids.js'
import { COLLATERAL_HOUSE, JOIN, ORACLES, SAFE_ENGINE, askAll, topicOf, word, type Ask } from './calls.js'
import type { CollateralHouseParams, GebCollateralAuction } from './collateral-auctions.js'
import { contractOf } from './contracts.js'
import { OracleReader, replacedOracle } from './oracle-reader.js'
import { pokeOf } from './poke.js'

const REPRICED = topicOf(ORACLES, 'UpdateRedemptionPrice')
const LOG_SPAN = 100_000
/** Read again behind the newest block: a reorg may have changed them. */
const AGAIN_BLOCKS = 64

interface Shared {
  readonly params: CollateralHouseParams
  readonly started: bigint
  readonly enabled: boolean
  readonly price: bigint
  readonly redemption: GebCollateralAuction['redemption']
  readonly joinUnit: bigint
  readonly mayBuy: boolean
}

/** Reads the collateral auctions of one market. */
export class CollateralAuctionReader implements VenueReader<GebCollateralAuction> {
  private readonly ids = new KnownIds()
  private readonly house: Address
  /** What the relayer stored last, by the blocks in which it did: no getter tells it. */
  private readonly stored = new Map<number, bigint>()
  private readonly oracle: OracleReader
  private next: number

  constructor(
    private readonly market: Market,
    private readonly us: Address,
  ) {
    this.house = contractOf(market, 'collateralAuctionHouse')
    this.next = market.deployBlock
    this.oracle = new OracleReader(market)
  }

  async at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<GebCollateralAuction>> {
    const [read, facts] = await Promise.all([this.shared(reader, block.number), this.oracle.at(reader, block.number)])
    const replaced = replacedOracle(this.market, facts.relayed)
    // the house sells by the relayer's oracle: the price of another is none
    const shared = replaced === null ? read : { ...read, price: 0n }
    const ids = this.ids.wanted(shared.started)
    const answers = await askAll(
      reader,
      ids.map((id): Ask => [COLLATERAL_HOUSE, this.house, 'auctions', [id]]),
      block.number,
    )
    const auctions = ids.map((id, i) => this.auction(id, answers[i] ?? [], shared, block))
    this.ids.seen(
      auctions.map(({ ref, sell }) => ({ id: BigInt(ref.id), open: sell !== 0n })),
      block.number,
    )
    const reasons = [
      ...(shared.enabled ? [] : ['the collateral auction house is shut down']),
      ...(shared.price > 0n ? [] : [replaced ?? 'the delayed oracle has no valid price']),
      ...(shared.mayBuy ? [] : ['the agent has not approved the collateral auction house in the SAFE engine']),
    ]
    const template = this.auction(0n, [0n, 0n, block.timestamp], shared, block)
    const health = { enabled: reasons.length === 0, reasons }
    const poke = pokeOf(this.market, facts, template, t)
    return { health, auctions, template, starting: null, maturing: [], reserves: null, poke }
  }

  private async shared(reader: Reader, block: number): Promise<Shared> {
    const { market, house, us } = this
    const relayer = contractOf(market, 'oracleRelayer')
    const price = await this.redemptionPrice(reader, block)
    const [params, started, enabled, oracle, rate, updatedAt, decimals, rights] = await askAll(
      reader,
      [
        [COLLATERAL_HOUSE, house, 'params'],
        [COLLATERAL_HOUSE, house, 'auctionsStarted'],
        [COLLATERAL_HOUSE, house, 'contractEnabled'],
        [ORACLES, contractOf(market, 'delayedOracle'), 'getResultWithValidity'],
        [ORACLES, relayer, 'redemptionRate'],
        [ORACLES, relayer, 'redemptionPriceUpdateTime'],
        [JOIN, contractOf(market, 'collateralJoin'), 'decimals'],
        [SAFE_ENGINE, contractOf(market, 'safeEngine'), 'safeRights', [us, house]],
      ],
      block,
    )
    return {
      params: {
        ...{ minimumBid: word(params, 0), minDiscount: word(params, 1), maxDiscount: word(params, 2) },
        discountRate: word(params, 3),
      },
      ...{ started: word(started), enabled: word(enabled) !== 0n },
      price: word(oracle, 1) === 0n ? 0n : word(oracle, 0),
      redemption: { price, rate: word(rate), updatedAt: word(updatedAt) },
      joinUnit: 10n ** (18n - word(decimals)),
      mayBuy: word(rights) !== 0n,
    }
  }

  /** `OracleRelayer._redemptionPrice` at `block`: the last that was announced, RAY before the first. */
  private async redemptionPrice(reader: Reader, block: number): Promise<bigint> {
    const filter = { addresses: [contractOf(this.market, 'oracleRelayer')], topic0: [REPRICED] }
    const from = Math.max(this.market.deployBlock, this.next - AGAIN_BLOCKS)
    for (const known of this.stored.keys()) if (known >= from) this.stored.delete(known)
    for (let at = from; at <= block; at += LOG_SPAN) {
      const end = Math.min(block, at + LOG_SPAN - 1)
      for (const { blockNumber, data } of await reader.logs(filter, at, end)) this.stored.set(blockNumber, BigInt(data))
      // span by span: an endpoint may refuse any of hundreds, and the next search goes on there
      this.next = Math.max(this.next, end + 1)
    }
    const newest = [...this.stored.keys()].reduce((last, one) => (one > last ? one : last), -1)
    for (const known of this.stored.keys()) if (known < newest - AGAIN_BLOCKS) this.stored.delete(known)
    return this.stored.get(newest) ?? RAY
  }

  private auction(id: bigint, words: readonly bigint[], shared: Shared, block: BlockRef): GebCollateralAuction {
    const { params, price, redemption, enabled, joinUnit } = shared
    return {
      ref: { venue: 'geb-collateral', house: this.house, id: id.toString() },
      mechanism: 'dutch',
      payToken: contractOf(this.market, 'coin'),
      getToken: contractOf(this.market, 'collateral'),
      ...{ leader: null, bidExpiry: null, deadline: null, asOf: block },
      ...{ sell: word(words, 0), raise: word(words, 1), startedAt: word(words, 2) },
      ...{ params, price, redemption, enabled, joinUnit, join: contractOf(this.market, 'collateralJoin') },
    }
  }
}
