import { Wallet } from 'ethers'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { toAddress, type Address, type Hex } from '../domain/chain.js'
import type { Logger } from '../domain/ports.js'
import { AAVE_LIQUIDATION_CALL, executorDeployment } from '../execution/executor/deploy.js'
import type { AaveMarket, AaveVersion } from './aave/market.js'
import { startAnvil, type Anvil } from './anvil.js'
import { startBuilder, type Builder } from './builder/builder.js'
import type { RelayRead } from './builder/relay-server.js'
import type { RelayOptions } from './builder/start-relays.js'
import type { TokenSymbol } from './catalogue.js'
import { CleanUp } from './clean-up.js'
import type { Receipt } from './deployer.js'
import { describeDevnet, writeDevnetFile, type DevnetFile } from './devnet-file.js'
import { accountOf, layGround, openMarket, ROLES, type Ground } from './ground.js'
import { describeMarkets } from './market-description.js'
import { marketMove } from './market-move.js'
import { oracleNetwork, type OracleNetwork } from './oracle-network.js'
import { planPositions, type PositionPlan } from './positions/plan.js'
import { seedPositions, type SeedProgress } from './positions/seed.js'
import { openSideReserves } from './side-reserves.js'
import { giveEther } from './tokens.js'
import { startProxy, type Proxy } from './proxy/proxy.js'
import { rpcOver } from './rpc.js'
import type { Prices } from './uniswap/deploy.js'

export interface DevnetOptions {
  /** Default 40. */
  readonly borrowers?: number
  /** Equal seeds give equal positions. Default 1. */
  readonly seed?: number
  /** Default 1. */
  readonly blockTimeSeconds?: number
  /** Where to write `devnet.json`; removed again by `stop`. Default: nowhere. */
  readonly file?: string
  /** Port of the proxy; default a free one. */
  readonly port?: number
  /** Default: both markets. */
  readonly markets?: readonly AaveVersion[]
  /** Default true: `dust`, `no-route`, `grace-period` and `under-water` are among the positions, and v3.6 has side reserves. */
  readonly specials?: boolean
  /** Feeds whose reports are auctioned (SVR); default bitcoin's. */
  readonly auctioned?: readonly TokenSymbol[]
  /** How deep the pools are, percent of what is planned. Default 100. */
  readonly depthPercent?: number
  /** True: there is a Uniswap v4 pool of native ether, too. Default false. */
  readonly etherPool?: boolean
  /** True: blocks come from `builder.produceBlock` alone. */
  readonly manual?: boolean
  /** Default: one like Flashbots and one like Titan. */
  readonly relays?: readonly RelayOptions[]
  /** Positions of one's own making in place of `borrowers`, `seed` and `specials`. */
  readonly positions?: readonly PositionPlan[]
  /** Hears of every body that a relay has read, before the relay thinks about it. */
  readonly onRead?: RelayRead
  readonly logger?: Logger
  /** Hears how far opening the positions has come. */
  readonly progress?: SeedProgress
}

export interface Devnet {
  /** Behind the proxy: for set-up, judging and snapshots; keeper, rivals and their tests use `proxy`. */
  readonly anvil: Anvil
  readonly ground: Ground
  readonly markets: readonly AaveMarket[]
  readonly positions: readonly PositionPlan[]
  readonly proxy: Proxy
  readonly builder: Builder
  /** Publishes reports as an oracle network does: openly, hidden in an auction, or unseen until they land. */
  readonly oracles: OracleNetwork
  readonly executor: Address
  readonly owner: Address
  readonly operator: Address
  readonly payout: Address
  /** The content of `devnet.json`. */
  readonly description: DevnetFile
  /**
   * Sends new feed answers (USD, 8 decimals) and the arbitrage that follows them publicly, all for the next block; returns
   * the hashes.
   */
  moveMarket(prices: Partial<Prices>): Promise<Hex[]>
  stop(): Promise<void>
}

const IDS: Readonly<Record<AaveVersion, string>> = { 'v3.6': 'aave-v3-devnet', 'v3.0': 'aave-v30-devnet' }
const RELAYS: readonly RelayOptions[] = [
  { name: 'flashbots', personality: 'flashbots' },
  { name: 'titan', personality: 'titan' },
]

/**
 * Starts the whole local chain: anvil with Aave, Uniswap, feeds and borrowers, an executor, and in front of it the proxy
 * and the builder, who from then on makes the blocks. Ready in one to three seconds once Aave is compiled.
 * Throws `KeeperError` when a package is missing, a port is taken or the set-up fails; nothing is left running then.
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { borrowers = 40, seed = 1, specials = true } = options
  const versions = options.markets ?? ['v3.6', 'v3.0']
  const cleanUp = new CleanUp()
  try {
    const anvil = await startAnvil()
    cleanUp.add(() => anvil.stop())
    const ground = await layGround(anvil, options)
    const markets: AaveMarket[] = []
    for (const version of versions) markets.push(await openMarket(ground, version, IDS[version]))
    const positions = options.positions ?? planPositions({ borrowers, seed, markets: versions, specials })
    await seedPositions(ground, markets, positions, options.progress)
    if (positions.some(({ special }) => special !== null)) await openSideReserves(ground, markets)
    // a key of its own: two devnets on one machine must not look like one operator on one chain
    const operator = Wallet.createRandom()
    const executor = await placeExecutor(ground, markets, toAddress(operator.address))
    await handOver(anvil)
    const core = { anvil, ground, markets, positions, executor, operator: toAddress(operator.address) }
    return await openDoors(core, operator.privateKey, options, cleanUp)
  } catch (error) {
    await cleanUp.run()
    throw error
  }
}

type Core = Pick<Devnet, 'anvil' | 'ground' | 'markets' | 'positions' | 'executor' | 'operator'>

/** Owner, operator and payout are three different accounts. */
async function placeExecutor(
  { admin, accounts, tokens, uniswap }: Ground,
  markets: readonly AaveMarket[],
  operator: Address,
): Promise<Address> {
  await giveEther(admin, operator, 10n ** 19n)
  const pools = markets.map(({ pool }) => pool.address)
  const { data } = executorDeployment({
    owner: accountOf(accounts, ROLES.executorOwner),
    payout: accountOf(accounts, ROLES.payout),
    wrappedNative: tokens.WETH.address,
    maxBidBps: 9_900,
    operators: [operator],
    factories: [uniswap.factory, ...(uniswap.ether === null ? [] : [uniswap.ether.manager])].map((c) => c.address),
    lenders: pools,
    targets: pools.map((target) => ({ target, selector: AAVE_LIQUIDATION_CALL })),
  })
  const transaction = { from: accountOf(accounts, ROLES.executorOwner), data, gas: '0x989680' }
  const receipt = (await admin.rpc('eth_sendTransactionSync', [transaction])) as Receipt
  if (receipt.status !== '0x1' || receipt.contractAddress === null) throw new Error('the executor does not deploy')
  return toAddress(receipt.contractAddress)
}

/** Ends the set-up: nobody else's account is open any more, the clock is right, and blocks wait for the builder. */
async function handOver({ rpc }: Anvil): Promise<void> {
  await rpc('evm_setAutomine', [false])
  await rpc('anvil_autoImpersonateAccount', [false])
  await rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']) // it fell while set-up blocks were nearly empty
  await rpc('evm_setTime', [Math.floor(Date.now() / 1000)])
  await rpc('evm_mine', [])
}

async function openDoors(core: Core, privateKey: string, options: DevnetOptions, cleanUp: CleanUp): Promise<Devnet> {
  const { anvil, ground, markets } = core
  const { blockTimeSeconds = 1, manual = false, relays = RELAYS, port, file, logger, onRead } = options
  const proxy = await startProxy({ anvil, ...(port === undefined ? {} : { port }) })
  cleanUp.add(() => proxy.stop())
  const builder = await startBuilder({
    ...{ anvil, pool: proxy.pool, relays, blockTimeSeconds, manual },
    ...(logger === undefined ? {} : { logger }),
    ...(onRead === undefined ? {} : { onRead }),
  })
  cleanUp.add(() => builder.stop())
  const folder = mkdtempSync(join(tmpdir(), 'keeper-devnet-'))
  cleanUp.addFile(folder)
  const marketsFile = join(folder, 'markets.json')
  writeFileSync(marketsFile, JSON.stringify(describeMarkets(ground, markets, anvil.chainId, blockTimeSeconds), null, 2))
  const owner = accountOf(ground.accounts, ROLES.executorOwner)
  const payout = accountOf(ground.accounts, ROLES.payout)
  const description = describeDevnet({
    ...{ ground, markets, marketsFile, dataDir: join(folder, 'data'), executor: core.executor },
    relays,
    ...{ rpcUrl: proxy.rpcUrl, wsUrl: proxy.wsUrl, relayUrls: builder.relayUrls },
    ...{ streamUrl: builder.streamUrl, mevShareUrl: builder.mevShareUrl },
    publicTransactionsUrl: proxy.publicTransactionsUrl,
    operator: { address: core.operator, privateKey },
  })
  if (file !== undefined) {
    cleanUp.addFile(resolve(file))
    writeDevnetFile(resolve(file), description)
  }
  return {
    ...{ ...core, proxy, builder, owner, payout, description },
    oracles: oracleNetwork(ground, proxy, builder),
    moveMarket: (prices) => moveMarket(ground, proxy, prices),
    stop: () => cleanUp.run(),
  }
}

async function moveMarket(ground: Ground, proxy: Proxy, prices: Partial<Prices>): Promise<Hex[]> {
  const send = rpcOver(proxy.rpcUrl)
  const hashes: Hex[] = []
  for (const transaction of await marketMove(ground, prices, ground.admin.from))
    hashes.push((await send('eth_sendTransaction', [transaction])) as Hex)
  return hashes
}
