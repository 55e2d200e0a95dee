import type { Address, Hex, LogFilter } from '../domain/chain.js'
import { AGGREGATOR_CONFIRMED, LEAF_EVENTS } from './chainlink.js'
import { PARAMETER_EVENTS } from './probe.js'
import { nodesOf, type PriceNode } from './tree.js'

export interface Proxy {
  readonly source: Address
  readonly aggregator: Address
}

/** The proxies in a tree and the aggregators they are taken to stand for. */
export const proxiesOf = (tree: PriceNode): Proxy[] =>
  [...nodesOf(tree)].filter(
    (node): node is Extract<PriceNode, { kind: 'rounds' | 'dual' }> =>
      node.kind === 'dual' || (node.kind === 'rounds' && node.proxied),
  )

/** Whether this event of this contract says that the tree may be another from now on. */
export function speaksOf(tree: PriceNode, contract: Address, event: Hex): boolean {
  if (event === AGGREGATOR_CONFIRMED) return proxiesOf(tree).some(({ source }) => source === contract)
  return [...nodesOf(tree)].some(({ source }) => source === contract)
}

/** The logs that move the leaves of these trees or change the trees themselves. */
export function filtersOf(trees: readonly PriceNode[]): readonly LogFilter[] {
  const nodes = trees.flatMap((tree) => [...nodesOf(tree)])
  const filter = (addresses: readonly Address[], topic0: readonly Hex[]): LogFilter => ({
    addresses: [...new Set(addresses)],
    topic0,
  })
  const aggregators = (kind: 'rounds' | 'dual'): Address[] =>
    nodes.flatMap((node) => (node.kind === kind ? [node.aggregator] : []))
  const adapters = nodes.flatMap(({ kind, source }) =>
    kind === 'rounds' || kind === 'dual' || kind === 'reading' ? [] : [source],
  )
  return [
    filter(aggregators('rounds'), LEAF_EVENTS.rounds),
    filter(aggregators('dual'), LEAF_EVENTS.dual),
    filter(
      trees.flatMap((tree) => proxiesOf(tree).map(({ source }) => source)),
      [AGGREGATOR_CONFIRMED],
    ),
    filter(adapters, PARAMETER_EVENTS),
  ].filter(({ addresses }) => addresses.length > 0)
}
