import { getCreateAddress } from 'ethers'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import { deployerOn, interfaceOf, type Contract, type Deployer } from '../../../src/devnet/deployer.js'
import { MULTICALL, placeMulticall } from '../../../src/devnet/multicall.js'
import { toAddress, type Address, type BlockRef, type Hex, type RawLog } from '../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import type { Feed } from '../../../src/domain/prices.js'
import { ask } from '../../../src/oracle/chainlink.js'

export const SOURCES = [
  'plain',
  'ratio',
  'nested',
  'principal',
  'overRatio',
  'dual',
  'dualPrimary',
  'overDual',
] as const
export type SourceName = (typeof SOURCES)[number]

interface RpcLog {
  readonly address: string
  readonly topics: Hex[]
  readonly data: Hex
  readonly logIndex: Hex
}

/** Price sources of every kind that the devnet has stand-ins for, one over the other, on a node of their own. */
export class PriceWorld {
  private constructor(
    readonly anvil: Anvil,
    readonly reader: ChainReader,
    readonly admin: Deployer,
    readonly contracts: Readonly<Record<SourceName | 'aggregator' | 'next' | 'dualAggregator' | 'rate', Contract>>,
    readonly maturity: bigint,
  ) {}

  static async start(): Promise<PriceWorld> {
    const anvil = await startAnvil()
    const [first] = (await anvil.rpc('eth_accounts', [])) as string[]
    const admin = deployerOn(anvil.rpc, toAddress(first ?? ''))
    await placeMulticall(anvil.rpc)
    const deploy = (name: string, ...args: unknown[]): Promise<Contract> => admin.deploy(ownContract(name), args)
    const aggregator = await deploy('DevAggregator', 'ETH / USD', 8, 2_500_00000000n)
    const next = await deploy('DevAggregator', 'ETH / USD', 8, 2_500_00000000n)
    const plain = await deploy('DevAggregatorProxy', aggregator.address)
    const rate = await deploy('DevExchangeRate', 10n ** 18n)
    const nestedRate = await deploy('DevExchangeRate', 3n * 10n ** 18n)
    const { timestamp } = await headOf(anvil)
    const maturity = timestamp + 3_000_000n
    const secondary = await predicted(admin, 1)
    const dualAggregator = await deploy('DevDualAggregator', 'BTC / USD', 8, 60_000_00000000n, secondary, 30)
    const dual = await deploy('DevAggregatorProxy', dualAggregator.address)
    const dualPrimary = await deploy('DevAggregatorProxy', dualAggregator.address)
    const ratio = await deploy('DevRatioCapAdapter', plain.address, rate.address, 'ratio', 900)
    const nested = await deploy('DevRatioCapAdapter', ratio.address, nestedRate.address, 'ratio over ratio', 60_000)
    const pt = [maturity, 4n * 10n ** 17n] as const
    const principal = await deploy('DevPrincipalTokenAdapter', plain.address, ...pt, 'principal token')
    const overRatio = await deploy('DevPrincipalTokenAdapter', ratio.address, ...pt, 'principal token over a ratio')
    const overDual = await deploy('DevPrincipalTokenAdapter', dual.address, ...pt, 'principal token over a dual feed')
    await admin.send(dualAggregator, 'setTransmitter', [admin.from, true])
    const rpc = new RpcClient({ urls: [anvil.rpcUrl], chainId: 31_337, logger: silentLogger, metrics: noMetrics })
    const reader = new ChainReader(rpc, { multicall: MULTICALL })
    const contracts = { plain, ratio, nested, principal, overRatio, dual, dualPrimary, overDual, rate }
    return new PriceWorld(anvil, reader, admin, { ...contracts, aggregator, next, dualAggregator }, maturity)
  }

  readonly forwarder = interfaceOf(ownContract('DevForwarder'))

  /** A feed whose protocol takes the source's answer as it is. */
  feed(source: Address, symbol: string): Feed {
    return { id: symbol, token: { address: source, symbol }, source, read: ask(source, 'latestAnswer') }
  }

  get feeds(): Feed[] {
    return SOURCES.map((name) => this.feed(this.contracts[name].address, name))
  }

  head(): Promise<BlockRef> {
    return headOf(this.anvil)
  }

  /** Sends in a block at this time, or mines an empty one; the block. */
  async act(timestamp: bigint, to?: Contract, method = '', args: readonly unknown[] = []): Promise<BlockRef> {
    await this.anvil.rpc('evm_setNextBlockTimestamp', [Number(timestamp)])
    if (to) await this.admin.send(to, method, args)
    else await this.anvil.rpc('evm_mine', [])
    return this.head()
  }

  async logs({ number, hash, timestamp }: BlockRef): Promise<RawLog[]> {
    const logs = (await this.anvil.rpc('eth_getLogs', [{ blockHash: hash }])) as RpcLog[]
    return logs.map(({ address, topics, data, logIndex }) => ({
      ...{ address: toAddress(address), topics, data, blockNumber: number, blockHash: hash, timestamp },
      ...{ transactionHash: hash, logIndex: Number(logIndex) },
    }))
  }

  /** What the contracts answer in a block of this time on top of the newest. */
  async answers(timestamp: bigint): Promise<Record<string, bigint>> {
    const entries = SOURCES.map(async (name) => {
      const { address, abi } = this.contracts[name]
      const call = { to: address, data: abi.encodeFunctionData('latestAnswer') }
      const time = { time: `0x${timestamp.toString(16)}` }
      const answer = (await this.anvil.rpc('eth_call', [call, 'latest', {}, time])) as string
      return [name, BigInt.asIntN(256, BigInt(answer))] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  stop(): Promise<void> {
    return this.anvil.stop()
  }
}

async function headOf(anvil: Anvil): Promise<BlockRef> {
  const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
  const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
  return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
}

/** Where the deployer's deployment after `after` others will be. */
async function predicted({ rpc, from }: Deployer, after: number): Promise<Address> {
  const nonce = Number(await rpc('eth_getTransactionCount', [from, 'latest'])) + after
  return toAddress(getCreateAddress({ from, nonce }))
}
