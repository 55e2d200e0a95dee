import type { RpcClient } from '../../chain/rpc-client.js'
import type { Address } from '../../domain/chain.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { Reporters } from '../reporters.js'
import type { LeafStates } from '../tree.js'

/** What all sources need. */
export interface SourceContext {
  readonly chainId: number
  readonly rpc: RpcClient
  /** The aggregators on which a market's prices depend, as they are now. */
  readonly aggregators: () => ReadonlySet<Address>
  readonly reporters: Reporters
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The aggregators among a market's leaves: what `PriceBook.leaves` is asked for. */
export const aggregatorsOf = (leaves: LeafStates): Address[] =>
  [...leaves].flatMap(([id, { kind }]) => (kind === 'reading' ? [] : [id as Address]))
