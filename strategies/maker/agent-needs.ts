import { walletPot, type AgentNeeds } from '../../src/auctions/agent-needs.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { RAY } from '../../src/domain/maths.js'
import { contractOf } from './contracts.js'
import { CLIP, DOG, VAT } from './signatures.js'

const selectorOf = (data: Hex): Hex => data.slice(0, 10) as Hex

/** An agent here barks and redoes in its own name; what that pays stays in the Vat, and nothing leaves. */
export function makerAgentNeeds(market: Market, agent: Address): AgentNeeds {
  const [dog, clip, vat, coin] = [
    contractOf(market, 'dog'),
    contractOf(market, 'clip'),
    contractOf(market, 'vat'),
    contractOf(market, 'coin'),
  ]
  const inside = VAT.dai(vat, agent)
  return {
    functions: [
      {
        ...{ name: 'dog.bark', target: dog, selector: selectorOf(DOG.bark(dog, 0n, agent, agent).data) },
        selfArguments: 1n << 2n,
      },
      {
        ...{ name: 'clip.redo', target: clip, selector: selectorOf(CLIP.redo(clip, 0n, agent).data) },
        selfArguments: 1n << 1n,
      },
    ],
    tokens: [
      {
        ...{ token: coin, symbol: 'DAI', decimals: 18, role: 'kept' },
        pots: [walletPot(coin, agent, RAY), { target: inside.to, query: inside.data, scale: 1n }],
      },
    ],
    rights: [],
    approvals: [],
  }
}
