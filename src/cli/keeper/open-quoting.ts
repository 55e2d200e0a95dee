import { BlockLogs } from '../../chain/block-logs.js'
import { Blocks } from '../../chain/blocks.js'
import { JoinedReader } from '../../chain/joined-reader.js'
import { PoolKeeper } from '../../profit/pool-keeper.js'
import { venuesOf } from '../../profit/venues.js'
import type { ChainAccess } from '../chain-access.js'
import { Quoting, type QuotingOptions } from './quoting.js'

/** Quoting by pools that follow the chain of `access`: read at heads by their hash, all venues in one batch. */
export function openQuoting(
  { file, rpc, reader }: Pick<ChainAccess, 'file' | 'rpc' | 'reader'>,
  options: Omit<QuotingOptions, 'chain' | 'reader' | 'pools'>,
): Quoting {
  const { chain } = file
  const { logger, metrics } = options
  const logs = new BlockLogs(rpc, logger, metrics)
  const pools = new PoolKeeper(
    venuesOf(chain),
    chain,
    {
      readerAt: (block) => new JoinedReader(reader.pinnedTo(block)),
      logs: (filter, block) => logs.read([filter], block),
      blocks: new Blocks(rpc),
    },
    logger,
    metrics,
  )
  return new Quoting({ ...options, chain, reader, pools })
}
