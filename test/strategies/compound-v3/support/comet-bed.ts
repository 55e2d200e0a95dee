import { DECIMALS, whole, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import type { Contract, Receipt } from '../../../../src/devnet/deployer.js'
import { approve, giveEther } from '../../../../src/devnet/tokens.js'
import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { parseMarketFile, type ChainConfig } from '../../../../src/config/market-file.js'
import type { Address, BlockRef, Hex } from '../../../../src/domain/chain.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'
import { fingerprintOf } from '../../../../strategies/compound-v3/fingerprint.js'
import { cometTargets } from '../../../../strategies/compound-v3/encode.js'
import { startExecutorBed, type ExecutorBed } from '../../../contracts/support/executor-bed.js'

const FACTOR = 10n ** 18n
const percent = (n: bigint): bigint => (n * FACTOR) / 100n
const YEAR = 31_536_000n

/** Collaterals of the stand-in: borrow, liquidate and liquidation factor in percent. */
const LISTED: readonly (readonly [TokenSymbol, bigint, bigint, bigint])[] = [
  ['WETH', 80n, 85n, 95n],
  ['WBTC', 70n, 77n, 93n],
  ['wstETH', 78n, 84n, 94n],
]

/** A stand-in Comet of USDC on the executor's testbed, whose executor may absorb and buy. */
export interface CometBed extends ExecutorBed {
  readonly comet: Contract
  readonly comets: Market
  readonly chain: ChainConfig
  readonly reader: ChainReader
  /** Requests that the reader made so far. */
  requests(): number
  headBlock(): Promise<BlockRef>
  supplyTo(user: Address, symbol: TokenSymbol, amount: bigint): Promise<Receipt>
  withdrawFrom(user: Address, symbol: TokenSymbol, amount: bigint): Promise<Receipt>
  as(user: Address, method: string, args: readonly unknown[]): Promise<Receipt>
  /** A new implementation; the same code unless `terms` says otherwise. */
  implementation(terms?: Partial<Terms>): Promise<Contract>
}

interface Terms {
  readonly storeFrontPriceFactor: bigint
  readonly targetReserves: bigint
  readonly assets: number
}

const TERMS: Terms = {
  storeFrontPriceFactor: percent(50n),
  targetReserves: whole('USDC', 1_000_000n),
  assets: LISTED.length,
}

export async function startCometBed(): Promise<CometBed> {
  const bed = await startExecutorBed()
  try {
    return await withComet(bed)
  } catch (error) {
    await bed.stop()
    throw error
  }
}

async function deployImplementation(bed: ExecutorBed, change: Partial<Terms> = {}): Promise<Contract> {
  const { tokens, feeds } = bed
  const { storeFrontPriceFactor, targetReserves, assets } = { ...TERMS, ...change }
  const infos = LISTED.slice(0, assets).map(([symbol, borrow, liquidate, liquidation], i) => [
    ...[i, tokens[symbol].address, feeds.sources[symbol].address, 10n ** BigInt(DECIMALS[symbol])],
    ...[percent(borrow), percent(liquidate), percent(liquidation), 2n ** 100n],
  ])
  const list = await bed.deploy('CometListStandIn', [infos])
  const line = (low: bigint, high: bigint, base: bigint): bigint[] => [
    percent(80n),
    percent(low) / YEAR,
    percent(high) / YEAR,
    percent(base) / YEAR,
  ]
  const { address } = feeds.sources.USDC
  return bed.deploy('CometStandIn', [
    [
      ...[tokens.USDC.address, address, list.address, 10n ** 6n, line(4n, 40n, 0n), line(5n, 50n, 1n)],
      ...[storeFrontPriceFactor, targetReserves],
    ],
  ])
}

async function withComet(bed: ExecutorBed): Promise<CometBed> {
  const { admin, tokens, accounts } = bed
  const implementation = await deployImplementation(bed)
  const proxy = await bed.deploy('CometProxyStandIn', [implementation.address])
  const comet: Contract = { address: proxy.address, abi: implementation.abi }
  const deployed = Number(await bed.anvil.rpc('eth_blockNumber', []))
  await admin.send(comet, 'initializeStorage')
  for (const { target, selector } of cometTargets(comet.address)) {
    await bed.administer('setTarget', [target, selector, true])
  }
  const as = async (user: Address, method: string, args: readonly unknown[]): Promise<Receipt> => {
    if ((await bed.ether(user)) === 0n) await giveEther(admin, user, 10n ** 19n)
    return admin.send(comet, method, args, { from: user })
  }
  const supplyTo = async (user: Address, symbol: TokenSymbol, amount: bigint): Promise<Receipt> => {
    if ((await bed.ether(user)) === 0n) await giveEther(admin, user, 10n ** 19n)
    await bed.mint(symbol, user, amount)
    await approve(admin, tokens[symbol], user, comet.address)
    return as(user, 'supply', [tokens[symbol].address, amount])
  }
  await supplyTo(accounts[8] ?? bed.payout, 'USDC', whole('USDC', 5_000_000n))
  const { chain } = parseMarketFile(bed.marketFile(), 'devnet')
  let requests = 0
  const metrics = { ...noMetrics, count: (name: string) => void (name === 'rpc_requests' && requests++) }
  const rpc = new RpcClient({ urls: [bed.anvil.rpcUrl], chainId: chain.id, logger: silentLogger, metrics })
  const code = (await bed.anvil.rpc('eth_getCode', [implementation.address, 'latest'])) as Hex
  return {
    ...bed,
    comet,
    chain,
    comets: {
      ...{ id: 'comet-devnet', strategy: 'compound-v3', chainId: chain.id, deployBlock: deployed },
      contracts: { comet: comet.address, baseToken: tokens.USDC.address },
      implementationCodeHashes: [fingerprintOf(code)],
    },
    reader: new ChainReader(rpc, { multicall: chain.multicall }),
    requests: () => requests,
    async headBlock() {
      const block = (await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
      const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
      return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
    },
    supplyTo,
    withdrawFrom: (user, symbol, amount) => as(user, 'withdraw', [tokens[symbol].address, amount]),
    as,
    implementation: (change) => deployImplementation(bed, change),
  }
}
