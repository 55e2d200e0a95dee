import { keccak256 } from 'ethers'
import type { Address, Hex } from '../domain/chain.js'
import type { Builder } from './builder/builder.js'
import type { Hidden } from './builder/mev-share/hidden-pool.js'
import type { TokenSymbol } from './catalogue.js'
import type { Ground } from './ground.js'
import type { Proxy } from './proxy/proxy.js'
import { rpcOver, type Rpc } from './rpc.js'
import { forwardedTransmit } from './transmit.js'

/** The three ways in which a price (USD, 8 decimals) reaches the chain. Each returns when the report is on its way. */
export interface OracleNetwork {
  /** `transmit` in the public mempool, where everybody can see it and follow it. Its hash. */
  transmit(symbol: TokenSymbol, price8: bigint): Promise<Hex>
  /** `transmitSecondary` to MEV-Share, where others may bid to follow it. Throws for a feed that is not auctioned. */
  transmitHidden(symbol: TokenSymbol, price8: bigint): Promise<Hidden>
  /** Straight to the builder: nobody hears of it before it is in a block, the next one that is begun. */
  transmitUnseen(symbol: TokenSymbol, price8: bigint): Promise<Hex>
}

const REPORT_GAS = '0x7a120'
const TIP = 1_000_000_000n
/** Oracles of a network; the middle one's observation is the answer. */
const OBSERVERS = 5
/** Blocks after which a report that has not landed never will (the auction's limit). */
const FORGOTTEN_AFTER = 25

/** The network's nodes work with accounts of the node whose keys anvil has; every report is of an epoch of its own. */
export function oracleNetwork(ground: Ground, proxy: Proxy, builder: Builder): OracleNetwork {
  const { feeds, admin } = ground
  const reports = reporter(admin.rpc)
  const sign = (node: Address, forwarder: Address, symbol: TokenSymbol, price8: bigint, how: Way): Promise<Hex> => {
    const aggregator = feeds.aggregators[symbol]
    if (!aggregator) throw new RangeError(`${symbol} has no aggregator: it is priced by another feed`)
    return reports({ node, forwarder, aggregator: aggregator.address, price8, auctioned: how === 'auctioned' })
  }
  /** Rounds of an auctioned feed that come another way are seen by the market only after the cutoff. */
  const unseenWay = (symbol: TokenSymbol): Way => (feeds.auctioned.includes(symbol) ? 'auctioned' : 'open')
  return {
    async transmit(symbol, price8) {
      const raw = await sign(feeds.nodes.open, feeds.forwarder.address, symbol, price8, 'open')
      return (await rpcOver(proxy.rpcUrl)('eth_sendRawTransaction', [raw])) as Hex
    },
    async transmitHidden(symbol, price8) {
      if (!feeds.auctioned.includes(symbol)) throw new RangeError(`reports of ${symbol} are not auctioned`)
      return builder.hide([
        await sign(feeds.nodes.auction, feeds.auctionForwarder.address, symbol, price8, 'auctioned'),
      ])
    },
    async transmitUnseen(symbol, price8) {
      const raw = await sign(feeds.nodes.unseen, feeds.forwarder.address, symbol, price8, unseenWay(symbol))
      builder.insert(raw)
      return keccak256(raw) as Hex
    },
  }
}

type Way = 'open' | 'auctioned'

interface ReportWish {
  readonly node: Address
  readonly forwarder: Address
  readonly aggregator: Address
  readonly price8: bigint
  readonly auctioned: boolean
}

/** Signs reports; a node's nonce counts what it has signed and what has not landed yet. */
function reporter(rpc: Rpc): (wish: ReportWish) => Promise<Hex> {
  const signed = new Map<Address, { readonly nonce: number; readonly block: number }[]>()
  let epochAndRound = 0x100n
  return async ({ node, forwarder, aggregator, price8, auctioned }) => {
    const number = (method: string, params: readonly unknown[]): Promise<number> => rpc(method, params).then(Number)
    const [chainId, block, landed] = await Promise.all([
      number('eth_chainId', []),
      number('eth_blockNumber', []),
      number('eth_getTransactionCount', [node, 'latest']),
    ])
    const waiting = (signed.get(node) ?? []).filter((one) => one.nonce >= landed && one.block > block - FORGOTTEN_AFTER)
    const nonce = landed + waiting.length
    signed.set(node, [...waiting, { nonce, block }])
    const observations = Array.from({ length: OBSERVERS }, (_, i) => price8 + BigInt(i - (OBSERVERS >> 1)))
    const report = {
      observationsTimestamp: Math.floor(Date.now() / 1000),
      observations,
      epochAndRound: ++epochAndRound,
    }
    const { baseFeePerGas } = (await rpc('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas: string }
    const transaction = {
      ...{ from: node, to: forwarder, data: forwardedTransmit(aggregator, report, auctioned) },
      ...{ gas: REPORT_GAS, value: '0x0', nonce: hex(BigInt(nonce)), chainId: hex(BigInt(chainId)) },
      ...{ maxFeePerGas: hex(BigInt(baseFeePerGas) * 3n + TIP), maxPriorityFeePerGas: hex(TIP) },
    }
    return (await rpc('eth_signTransaction', [transaction])) as Hex
  }
}

const hex = (value: bigint): Hex => `0x${value.toString(16)}`
