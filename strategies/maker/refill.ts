import type { AuctionVenue } from '../../src/auctions/venue.js'
import type { InternalToken, RefillProtocol } from '../../src/auctions/protocol.js'
import { Batch } from '../../src/domain/batch.js'
import { RAY } from '../../src/domain/maths.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { makerAgentNeeds } from './agent-needs.js'
import { type MakerClipAuction, atItsCheapest, makerClipAuctions } from './clip-auctions.js'
import { contractOf, flopPlace } from './contracts.js'
import { type MakerFlopAuction, makerFlopAuctions } from './flop-auctions.js'
import { flopMisfits } from './flop-house.js'
import { movementsOf } from './movements.js'
import { FLOP_NOTE, JOIN, TOKEN, VAT } from './signatures.js'

/**
 * Maker's recapitalisation: barks and redos pay their keeper in coins inside the Vat, debt auctions are bid in with them; what is
 * sold is bought by plans.
 */
export const makerRefill: RefillProtocol = {
  strategy: 'maker',
  venues: [makerClipAuctions as AuctionVenue, makerFlopAuctions as AuctionVenue],

  payToken: (market) => ({ address: contractOf(market, 'coin'), symbol: 'DAI', decimals: 18 }),

  async capital(reader, market, us, block) {
    const [wallet = '0x', internal = '0x'] = await new Batch(reader, block.number).all([
      TOKEN.balanceOf(contractOf(market, 'coin'), us),
      VAT.dai(contractOf(market, 'vat'), us),
    ])
    return { wallet: wordAt(wallet, 0), internal: wordAt(internal, 0) / RAY }
  },

  agentNeeds: makerAgentNeeds,

  misfits: (reader, market, block) => flopMisfits(reader, market, block.number),

  encodeJoin: (market, us, amount) => (amount === 0n ? [] : [JOIN.join(contractOf(market, 'coinJoin'), us, amount)]),

  prospect(opening, venue, template) {
    if (venue === makerFlopAuctions.id) {
      const { bid } = template as MakerFlopAuction
      const count = bid === 0n ? 0n : (opening.debt * RAY) / bid
      return count === 0n ? null : { auction: template, count }
    }
    const fresh = template as MakerClipAuction
    const sold = { tab: opening.raise.amount * RAY, lot: opening.sell.amount * fresh.unit }
    return { auction: atItsCheapest({ ...fresh, ...sold }, fresh.tic), count: 1n }
  },

  internalTokens(market): InternalToken[] {
    const [coin, collateral] = [contractOf(market, 'coin'), contractOf(market, 'collateral')]
    const [place, coins] = [flopPlace(market), { decimals: 45, of: coin, unit: RAY }]
    return [
      { token: contractOf(market, 'vat'), symbol: 'coin in the Vat', ...coins },
      ...(place === null
        ? []
        : [{ token: place.flopper, symbol: 'coin in auctions', claims: true, ...coins } as const]),
      {
        token: contractOf(market, 'collateralJoin'),
        ...{ symbol: 'collateral in the Vat', decimals: 18, of: collateral, unit: 1n },
      },
    ]
  },

  movements: movementsOf,
  touching(market) {
    const place = flopPlace(market)
    // without a Flopper we stand in no auction: nobody else's transaction moves anything of ours, and nothing has this topic
    return place === null
      ? { addresses: [contractOf(market, 'vow')], topic0: [`0x${'f'.repeat(64)}`] }
      : { addresses: [place.flopper], topic0: Object.values(FLOP_NOTE) }
  },
}
