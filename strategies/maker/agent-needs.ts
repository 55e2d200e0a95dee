import { walletPot, type AgentFunction, type AgentNeeds } from '../../src/auctions/agent-needs.js'
import type { Address, CallRequest } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { RAY } from '../../src/domain/maths.js'
import { contractOf, flopPlace } from './contracts.js'
import { CLIP, DOG, FLOP, JOIN, VAT, VOW } from './signatures.js'

/** The argument words that say who receives, as bits. */
const NOBODY_RECEIVES = 0n
const [FIRST, SECOND, THIRD] = [1n << 0n, 1n << 1n, 1n << 2n]

const allowed = (name: string, { to, data }: CallRequest, selfArguments: bigint): AgentFunction => ({
  ...{ name, target: to, selector: `0x${data.slice(2, 10)}`, selfArguments },
})

/**
 * What an agent needs for barks and redos in its own name, which move nothing out; and for bidding in debt auctions, where the
 * market file names their Flopper and what is won: coins in the wallet and in the Vat are one holding.
 */
export function makerAgentNeeds(market: Market, agent: Address): AgentNeeds {
  const [dog, clip, vat, coin] = [
    contractOf(market, 'dog'),
    contractOf(market, 'clip'),
    contractOf(market, 'vat'),
    contractOf(market, 'coin'),
  ]
  const inside = VAT.dai(vat, agent)
  const pots = [walletPot(coin, agent, RAY), { target: inside.to, query: inside.data, scale: 1n }]
  const bids = flopNeeds(market, agent)
  return {
    functions: [
      allowed('dog.bark', DOG.bark(dog), THIRD),
      allowed('clip.redo', CLIP.redo(clip), SECOND),
      ...(bids?.functions ?? []),
    ],
    tokens: [
      { token: coin, symbol: 'DAI', decimals: 18, role: bids === null ? 'kept' : 'paid', pots },
      ...(bids?.tokens ?? []),
    ],
    rights: bids?.rights ?? [],
    approvals: bids?.approvals ?? [],
  }
}

/** Null where the market file names no Flopper or not what is won. */
function flopNeeds(market: Market, agent: Address): AgentNeeds | null {
  const place = flopPlace(market)
  if (place === null) return null
  const { flopper, governanceToken } = place
  const [vat, vow, coin, coinJoin] = [
    contractOf(market, 'vat'),
    contractOf(market, 'vow'),
    contractOf(market, 'coin'),
    contractOf(market, 'coinJoin'),
  ]
  return {
    functions: [
      allowed('flopper.dent', FLOP.dent(flopper), NOBODY_RECEIVES),
      allowed('flopper.deal', FLOP.deal(flopper), NOBODY_RECEIVES),
      allowed('flopper.tick', FLOP.tick(flopper), NOBODY_RECEIVES),
      allowed('flopper.yank', FLOP.yank(flopper), NOBODY_RECEIVES),
      allowed('vow.flog', VOW.flog(vow), NOBODY_RECEIVES),
      allowed('vow.heal', VOW.heal(vow), NOBODY_RECEIVES),
      allowed('vow.flop', VOW.flop(vow), NOBODY_RECEIVES),
      allowed('coinJoin.join', JOIN.join(coinJoin), FIRST),
    ],
    tokens: [
      {
        ...{ token: governanceToken, symbol: 'governance token', decimals: 18, role: 'won' },
        pots: [walletPot(governanceToken, agent, 1n)],
      },
    ],
    rights: [
      {
        name: 'flopper may take coins in the Vat',
        call: VAT.hope(vat, flopper),
        standing: VAT.can(vat, agent, flopper),
      },
    ],
    approvals: [{ token: coin, symbol: 'DAI', spender: coinJoin }],
  }
}
