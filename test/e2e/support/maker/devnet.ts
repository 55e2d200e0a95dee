import { Wallet, keccak256, toUtf8Bytes } from 'ethers'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeAgent } from '../../../../src/devnet/agent.js'
import { startAnvil, type Anvil } from '../../../../src/devnet/anvil.js'
import { startBuilder, type Builder } from '../../../../src/devnet/builder/builder.js'
import { CleanUp } from '../../../../src/devnet/clean-up.js'
import type { Contract, Receipt } from '../../../../src/devnet/deployer.js'
import { ROLES, accountOf, layGround, type Ground } from '../../../../src/devnet/ground.js'
import { describeMarkets } from '../../../../src/devnet/market-description.js'
import { startProxy, type Proxy } from '../../../../src/devnet/proxy/proxy.js'
import { giveEther, mint } from '../../../../src/devnet/tokens.js'
import { toAddress, type Address, type Hex } from '../../../../src/domain/chain.js'
import { WAD } from '../../../../src/domain/maths.js'
import { executorDeployment } from '../../../../src/execution/executor/deploy.js'
import { makerAgentNeeds } from '../../../../strategies/maker/agent-needs.js'
import { takerTargets } from '../../../../strategies/maker/sale-plans.js'
import { headOf } from '../../../strategies/maker/support/maker-bed.js'
import { deployMaker, type MakerContracts } from '../../../strategies/maker/support/maker-contracts.js'
import { openMarket } from '../../../strategies/maker/support/open-market.js'

/** A local chain with stand-ins of Maker, an executor, an agent, and the builder, who makes the blocks. */
export interface MakerDevnet extends MakerContracts {
  readonly anvil: Anvil
  readonly ground: Ground
  readonly proxy: Proxy
  readonly builder: Builder
  readonly agent: Contract
  readonly executor: Address
  readonly operator: Address
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export interface MakerDevnetOptions {
  /** True: blocks come from `builder.produceBlock`. Default: a clock makes one a second. */
  readonly manual?: boolean
  /** More of the market's `auctions`. */
  readonly auctions?: Readonly<Record<string, unknown>>
  /** Whole coins that the agent begins with; with none it may pay for nothing. */
  readonly agentCoins?: bigint
}

export async function startMakerDevnet(
  before: (ground: Ground, maker: MakerContracts) => Promise<void>,
  options: MakerDevnetOptions = {},
) {
  const cleanUp = new CleanUp()
  try {
    return await devnetOn(cleanUp, before, options)
  } catch (error) {
    await cleanUp.run()
    throw error
  }
}

async function devnetOn(
  cleanUp: CleanUp,
  before: (ground: Ground, maker: MakerContracts) => Promise<void>,
  { manual = false, auctions = {}, agentCoins = 0n }: MakerDevnetOptions,
): Promise<MakerDevnet> {
  const anvil = await startAnvil()
  cleanUp.add(() => anvil.stop())
  const ground = await layGround(anvil)
  const { tokens, feeds, admin, uniswap } = ground
  const maker = await deployMaker(admin, {
    ...{ chainId: anvil.chainId, deployBlock: (await headOf(anvil)).number },
    ...{ collateral: tokens.WETH.address, coin: tokens.DAI.address },
    ...{ feed: feeds.sources.WETH.address, coinFeed: feeds.sources.DAI.address },
  })
  await openMarket({
    admin,
    tokens,
    uniswap,
    maker,
    mint: (symbol, to, amount) => mint(admin, tokens, symbol, to, amount),
  })
  await before(ground, maker)
  const wallet = Wallet.createRandom()
  const operator = toAddress(wallet.address)
  await giveEther(admin, operator, 10n * WAD)
  const agent = await placeAgent(admin, {
    ...{ owner: accountOf(ground.accounts, ROLES.executorOwner), operators: [operator] },
    ...{ router: uniswap.router.address, native: tokens.WETH.address },
    ...(agentCoins === 0n ? {} : { coins: [20_000n, 50_000n] as const, tokens: [200_000n, 400_000n] as const }),
    ...{ needs: (at: Address) => makerAgentNeeds(maker.market, at), floorWei: WAD / 50_000n },
  })
  await mint(admin, tokens, 'DAI', agent.address, agentCoins * WAD)
  const executor = await placeExecutor(ground, maker, operator)
  await handOver(anvil)
  const proxy = await startProxy({ anvil })
  cleanUp.add(() => proxy.stop())
  const relays = [{ name: 'flashbots', personality: 'flashbots' as const }]
  const builder = await startBuilder({ anvil, pool: proxy.pool, relays, blockTimeSeconds: 1, manual })
  cleanUp.add(() => builder.stop())
  const folder = mkdtempSync(join(tmpdir(), 'keeper-maker-'))
  cleanUp.addFile(folder)
  const { id, strategy, deployBlock, contracts, implementationCodeHashes } = maker.market
  const described = {
    id,
    strategy,
    deployBlock,
    contracts,
    implementationCodeHashes: [...implementationCodeHashes],
    auctions: { router: uniswap.router.address, priceMaxAgeSeconds: 100_000, ...auctions },
  }
  const file = { ...describeMarkets(ground, [], anvil.chainId, 1), markets: [described] }
  writeFileSync(join(folder, 'markets.json'), JSON.stringify(file, null, 2))
  const env = {
    RPC_URLS: `${proxy.wsUrl},${proxy.rpcUrl}`,
    SIMULATION_RPC_URL: proxy.rpcUrl,
    MARKETS_FILE: join(folder, 'markets.json'),
    PRIVATE_KEY: wallet.privateKey,
    RELAY_AUTH_KEY: keccak256(toUtf8Bytes('the devnet keeper speaks to its relays')),
    RELAY_URLS: builder.relayUrls.join(','),
    EXECUTOR_ADDRESS: executor,
    AUCTION_AGENT_ADDRESS: agent.address,
    DATA_DIR: join(folder, 'data'),
    DRY_RUN: 'false',
    MIN_PROFIT_USD: '5',
    CONFIRMATIONS: '3',
    METRICS_PORT: '0',
    LOG_LEVEL: 'debug',
    MAX_HEAD_AGE_SECONDS: '20',
  }
  return { ...maker, anvil, ground, proxy, builder, agent, executor, operator, env, stop: () => cleanUp.run() }
}

async function placeExecutor({ admin, accounts, tokens, uniswap }: Ground, maker: MakerContracts, operator: Address) {
  const owner = accountOf(accounts, ROLES.executorOwner)
  const { data } = executorDeployment({
    ...{ owner, payout: accountOf(accounts, ROLES.payout), wrappedNative: tokens.WETH.address, maxBidBps: 9_900 },
    ...{ operators: [operator], factories: [uniswap.factory.address], lenders: [] },
    targets: takerTargets(maker.taker.address),
  })
  const receipt = (await admin.rpc('eth_sendTransactionSync', [{ from: owner, data, gas: '0x989680' }])) as Receipt
  return toAddress(receipt.contractAddress ?? '')
}

async function handOver({ rpc }: Anvil): Promise<void> {
  await rpc('evm_setAutomine', [false])
  await rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00'])
  await rpc('evm_setTime', [Math.floor(Date.now() / 1000)])
  await rpc('evm_mine', [])
}

export const hexOf = (block: number): Hex => `0x${block.toString(16)}`
