import { parseMarketFile } from '../../../../src/config/market-file.js'
import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { type Address, type BlockRef, type Hex, type RawLog, toAddress } from '../../../../src/domain/chain.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger, type Metrics } from '../../../../src/domain/ports.js'
import type { AaveVersion } from '../../../../src/devnet/aave/market.js'
import { OPENING_PRICES, SYMBOLS, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { type AaveTestbed, startAaveTestbed } from '../../../../src/devnet/testbed.js'

/** A testbed with a reader of the keeper's own and what the tests need besides. */
export interface World {
  readonly bed: AaveTestbed
  readonly market: Market
  readonly reader: ChainReader
  /** Requests that the reader made so far. */
  requests(): number
  head(): Promise<BlockRef>
  symbolOf(asset: Address): TokenSymbol
  /** Prices with which the chain began, by asset. */
  readonly opening: ReadonlyMap<Address, bigint>
  stop(): Promise<void>
}

export async function startWorld(version: AaveVersion): Promise<World> {
  const bed = await startAaveTestbed({ version })
  const file = parseMarketFile(bed.marketFile(), 'devnet')
  const [described] = file.markets
  if (described === undefined) throw new Error('the testbed describes no market')
  let requests = 0
  const metrics: Metrics = { ...noMetrics, count: (name) => void (name === 'rpc_requests' && requests++) }
  const rpc = new RpcClient({ urls: [bed.anvil.rpcUrl], chainId: file.chain.id, logger: silentLogger, metrics })
  const reader = new ChainReader(rpc, { multicall: file.chain.multicall })
  const symbols = new Map<Address, TokenSymbol>(SYMBOLS.map((symbol) => [bed.tokens[symbol].address, symbol]))
  return {
    bed,
    market: { ...described, chainId: file.chain.id },
    reader,
    requests: () => requests,
    head: () => headOf(bed),
    opening: new Map(SYMBOLS.map((symbol) => [bed.tokens[symbol].address, OPENING_PRICES[symbol]])),
    symbolOf: (asset) => symbols.get(asset) ?? 'RARE',
    stop: () => bed.stop(),
  }
}

async function headOf(bed: AaveTestbed): Promise<BlockRef> {
  const block = (await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
  const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
  return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
}

export const encode = (contract: Contract, method: string, args: readonly unknown[]): Hex =>
  contract.abi.encodeFunctionData(method, [...args]) as Hex

export interface Call {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
}

export interface SimulatedCall {
  readonly ok: boolean
  readonly data: Hex
  readonly logs: readonly RawLog[]
}

interface Answer {
  readonly id: number
  readonly error?: { readonly message: string }
  readonly result?: readonly {
    readonly calls: readonly {
      readonly status: Hex
      readonly returnData: Hex
      readonly logs: readonly { readonly address: string; readonly topics: Hex[]; readonly data: Hex }[]
    }[]
  }[]
}

/** One block of calls per case on top of the head, each at its own time; all cases of one HTTP request. */
export async function simulate(
  rpcUrl: string,
  cases: readonly { readonly timestamp: bigint; readonly calls: readonly Call[] }[],
): Promise<SimulatedCall[][]> {
  const body = cases.map(({ timestamp, calls }, id) => ({
    ...{ jsonrpc: '2.0', id, method: 'eth_simulateV1' },
    params: [{ blockStateCalls: [{ blockOverrides: { time: `0x${timestamp.toString(16)}` }, calls }] }, 'latest'],
  }))
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answers = ((await response.json()) as Answer[]).sort((a, b) => a.id - b.id)
  return answers.map(({ result, error }, i) => {
    const [block] = result ?? []
    if (block === undefined) throw new Error(`eth_simulateV1: ${error?.message ?? 'no answer'}`)
    return block.calls.map(({ status, returnData, logs }) => ({
      ok: status === '0x1',
      data: returnData,
      logs: logs.map((log, logIndex) => rawLog(log, cases[i]?.timestamp ?? 0n, logIndex)),
    }))
  })
}

function rawLog(log: { address: string; topics: Hex[]; data: Hex }, timestamp: bigint, logIndex: number): RawLog {
  const hash: Hex = `0x${'0'.repeat(64)}`
  const place = { blockNumber: 0, blockHash: hash, transactionHash: hash, logIndex }
  return { address: toAddress(log.address), topics: log.topics, data: log.data, timestamp, ...place }
}
