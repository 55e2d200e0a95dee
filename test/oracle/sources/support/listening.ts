import { Blocks } from '../../../../src/chain/blocks.js'
import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import type { Devnet } from '../../../../src/devnet/devnet.js'
import { MULTICALL } from '../../../../src/devnet/multicall.js'
import type { Address } from '../../../../src/domain/chain.js'
import { silentLogger, type Metrics } from '../../../../src/domain/ports.js'
import { Reporters } from '../../../../src/oracle/reporters.js'
import type { PriceSignal } from '../../../../src/oracle/source.js'
import type { SourceContext } from '../../../../src/oracle/sources/context.js'
import { until } from '../../../support/until.js'

/** A keeper's ears on a devnet: what a source needs, what it said, and what it left out by reason. */
export interface Listening {
  readonly context: SourceContext
  readonly signals: PriceSignal[]
  readonly ignored: Map<string, number>
  readonly sink: (signal: PriceSignal) => void
  /** Waits until there are so many signals. */
  heard(count: number): Promise<PriceSignal[]>
  close(): void
}

export function listenOn(devnet: Devnet, url: string): Listening {
  const signals: PriceSignal[] = []
  const ignored = new Map<string, number>()
  const metrics: Metrics = {
    count: (name, labels = {}) => {
      const reason = labels['reason'] ?? ''
      if (name === 'price_reports_ignored') ignored.set(reason, (ignored.get(reason) ?? 0) + 1)
    },
    gauge: () => undefined,
    observe: () => undefined,
  }
  const rpc = new RpcClient({ urls: [url], chainId: 31_337, logger: silentLogger, metrics })
  const aggregators = new Set<Address>(Object.values(devnet.ground.feeds.aggregators).map(({ address }) => address))
  const reader = new ChainReader(rpc, { multicall: MULTICALL })
  const block = async (): Promise<number> => (await new Blocks(rpc).latest()).number
  const reporters = new Reporters({ reader, block, aggregators: () => aggregators, logger: silentLogger })
  const context = { chainId: 31_337, rpc, aggregators: () => aggregators, reporters, logger: silentLogger, metrics }
  return {
    ...{ context, signals, ignored },
    sink: (signal) => {
      signals.push(signal)
    },
    heard: async (count) => {
      await until(() => signals.length >= count, `signal ${count}`)
      return signals
    },
    close: () => {
      rpc.close()
    },
  }
}
