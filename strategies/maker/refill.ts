import { Interface } from 'ethers'
import { MAKER_JOIN } from '../../abis/maker.js'
import type { AuctionVenue } from '../../src/auctions/venue.js'
import type { InternalToken, RefillProtocol } from '../../src/auctions/protocol.js'
import { Batch } from '../../src/domain/batch.js'
import type { Hex } from '../../src/domain/chain.js'
import { RAY } from '../../src/domain/maths.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { makerAgentNeeds } from './agent-needs.js'
import { type MakerClipAuction, atItsCheapest, makerClipAuctions } from './clip-auctions.js'
import { contractOf } from './contracts.js'
import { type MakerFlopAuction, makerFlopAuctions } from './flop-auctions.js'
import { movementsOf } from './movements.js'
import { TOKEN, VAT } from './signatures.js'

const JOIN = new Interface(MAKER_JOIN)

/** Maker's recapitalisation: barks and redos pay their keeper in coins inside the Vat; what is sold is bought by plans. */
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

  encodeJoin: (market, us, amount) =>
    amount === 0n
      ? []
      : [{ to: contractOf(market, 'coinJoin'), data: JOIN.encodeFunctionData('join', [us, amount]) as Hex }],

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
    return [
      { token: contractOf(market, 'vat'), symbol: 'coin in the Vat', decimals: 45, of: coin, unit: RAY },
      {
        token: contractOf(market, 'collateralJoin'),
        ...{ symbol: 'collateral in the Vat', decimals: 18, of: collateral, unit: 1n },
      },
    ]
  },

  movements: movementsOf,
  // we stand in no auction: nobody else's transaction moves anything of ours, and nothing has this topic
  touching: (market) => ({ addresses: [contractOf(market, 'vow')], topic0: [`0x${'f'.repeat(64)}`] }),
}
