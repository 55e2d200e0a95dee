import { Wallet, keccak256, toUtf8Bytes } from 'ethers'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentNeeds } from '../../auctions/agent-needs.js'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import type { Market } from '../../domain/market.js'
import { WAD } from '../../domain/maths.js'
import { readMarketFile, type MarketFile } from '../../config/market-file.js'
import { KeeperError } from '../../domain/errors.js'
import { executorDeployment } from '../../execution/executor/deploy.js'
import { placeAgent } from '../agent.js'
import { startAnvil, type Anvil } from '../anvil.js'
import { startBuilder, type Builder } from '../builder/builder.js'
import { CleanUp } from '../clean-up.js'
import type { Contract, Receipt } from '../deployer.js'
import { accountOf, layGround, ROLES, type Ground } from '../ground.js'
import { startProxy, type Proxy } from '../proxy/proxy.js'
import { approve, giveEther, mint } from '../tokens.js'
import { SPACINGS } from '../uniswap/pools.js'
import { deployGeb, type Geb } from './deploy.js'
import { describeGeb } from './market-description.js'
import { openPair } from './pools.js'
import { exitCoins, openSafe, openSafes, safeOwner, type SafePlan } from './safes.js'

export interface GebDevnetOptions {
  readonly blockTimeSeconds: number
  /** True: blocks come from `builder.produceBlock`. Default: a clock makes them. */
  readonly manual?: boolean
  readonly safes: readonly SafePlan[]
  /** Whole coins that agent and rival begin with. */
  readonly agentCoins: bigint
  readonly rivalCoins: bigint
  readonly auctions: Omit<Parameters<typeof describeGeb>[4], 'router'>
  /** The strategy's own word on what an agent needs. */
  readonly agentNeeds: (market: Market, agent: Address) => AgentNeeds
}

/** A local chain with GEB, two pools, an agent and a rival who has coins; behind it the builder, who makes the blocks. */
export interface GebDevnet {
  readonly anvil: Anvil
  readonly ground: Ground
  readonly geb: Geb
  readonly proxy: Proxy
  readonly builder: Builder
  readonly owners: readonly Address[]
  readonly agent: Contract
  readonly executor: Address
  readonly operator: Address
  readonly rival: { readonly address: Address; readonly privateKey: string }
  /** Both against the native token. */
  readonly pools: { readonly coin: Address; readonly protocolToken: Address }
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const COIN_POOL = { coins: 2_000_000n, ether: 800n }
const TOKEN_POOL = { tokens: 5_000_000n, ether: 400n }
const POOL_FEE = 3_000

/** Throws `KeeperError` when a package is missing, a port is taken or the set-up fails; nothing is left running then. */
export async function startGebDevnet(options: GebDevnetOptions): Promise<GebDevnet> {
  const cleanUp = new CleanUp()
  try {
    const anvil = await startAnvil()
    cleanUp.add(() => anvil.stop())
    const ground = await layGround(anvil)
    const feed = ground.feeds.sources.WETH.address
    const geb = await deployGeb(ground.admin, ground.tokens.WETH, feed)
    const pools = await fillPools(ground, geb)
    const owners = await openSafes(ground.admin, ground.tokens, geb, options.safes)
    const operator = Wallet.createRandom()
    const rival = Wallet.createRandom()
    const file = await describeGeb(
      ...([ground, geb, feed, { id: anvil.chainId, blockTimeSeconds: options.blockTimeSeconds }] as const),
      { ...options.auctions, router: ground.uniswap.router.address },
    )
    const folder = mkdtempSync(join(tmpdir(), 'keeper-geb-'))
    cleanUp.addFile(folder)
    writeFileSync(join(folder, 'markets.json'), JSON.stringify(file, null, 2))
    const { markets } = readMarketFile(join(folder, 'markets.json'))
    const needs = (agent: Address): AgentNeeds => needsIn(markets, anvil.chainId, options, agent)
    const core = await placeBidders(ground, geb, operator.address, rival.address, { ...options, needs })
    await handOver(anvil)
    const doors = await openDoors(anvil, options, cleanUp)
    return {
      ...{ anvil, ground, geb, pools, owners, ...core, ...doors, operator: toAddress(operator.address) },
      rival: { address: toAddress(rival.address), privateKey: rival.privateKey },
      env: envOf(doors, folder, operator.privateKey, core),
      stop: () => cleanUp.run(),
    }
  } catch (error) {
    await cleanUp.run()
    throw error
  }
}

function needsIn(
  [config]: MarketFile['markets'],
  chainId: number,
  { agentNeeds }: GebDevnetOptions,
  agent: Address,
): AgentNeeds {
  if (config === undefined) throw new KeeperError('devnet', 'the market file of the devnet has no market')
  return agentNeeds({ ...config, chainId }, agent)
}

/** Coins come from one large SAFE of the maker's; protocol tokens from governance. */
async function fillPools({ admin, tokens, uniswap, accounts }: Ground, geb: Geb): Promise<GebDevnet['pools']> {
  const treasury = safeOwner(1_000)
  await openSafe(admin, tokens, geb, treasury, { collateral: 4_000n * WAD, debt: 3_000_000n * WAD })
  await exitCoins(admin, geb, treasury, uniswap.maker, COIN_POOL.coins * WAD)
  await exitCoins(admin, geb, treasury, accountOf(accounts, ROLES.admin), 500_000n * WAD)
  await admin.send(geb.protocolToken, 'mint', [uniswap.maker, TOKEN_POOL.tokens * WAD])
  await mint(admin, tokens, 'WETH', uniswap.maker, (COIN_POOL.ether + TOKEN_POOL.ether) * WAD)
  for (const token of [geb.coin, geb.protocolToken]) await approve(admin, token, uniswap.maker, uniswap.router.address)
  const shape = { fee: POOL_FEE, tickSpacing: SPACINGS[POOL_FEE] ?? 60 }
  return {
    coin: await openPair(admin, uniswap, {
      ...{ tokens: [geb.coin, tokens.WETH], amounts: [COIN_POOL.coins * WAD, COIN_POOL.ether * WAD], ...shape },
    }),
    protocolToken: await openPair(admin, uniswap, {
      ...{
        tokens: [geb.protocolToken, tokens.WETH],
        amounts: [TOKEN_POOL.tokens * WAD, TOKEN_POOL.ether * WAD],
        ...shape,
      },
    }),
  }
}

async function placeBidders(
  { admin, accounts, tokens, uniswap }: Ground,
  geb: Geb,
  operator: string,
  rival: string,
  { agentCoins, rivalCoins, needs }: GebDevnetOptions & { readonly needs: (agent: Address) => AgentNeeds },
): Promise<Pick<GebDevnet, 'agent' | 'executor'>> {
  const owner = accountOf(accounts, ROLES.executorOwner)
  for (const account of [operator, rival]) await giveEther(admin, toAddress(account), 10n * WAD)
  const agent = await placeAgent(admin, {
    ...{ owner, operators: [toAddress(operator)], router: uniswap.router.address, native: tokens.WETH.address, needs },
    ...{ coins: [20_000n, 50_000n] as const, tokens: [200_000n, 400_000n] as const, floorWei: WAD / 50_000n },
  })
  await admin.send(geb.coin, 'transfer', [agent.address, agentCoins * WAD])
  await admin.send(geb.coin, 'transfer', [rival, rivalCoins * WAD])
  const { data } = executorDeployment({
    ...{ owner, payout: accountOf(accounts, ROLES.payout), wrappedNative: tokens.WETH.address, maxBidBps: 9_900 },
    ...{
      operators: [toAddress(operator)],
      factories: [uniswap.factory.address],
      lenders: [],
      targets: purchaseTargets(geb),
    },
  })
  const receipt = (await admin.rpc('eth_sendTransactionSync', [{ from: owner, data, gas: '0x989680' }])) as Receipt
  return { agent, executor: toAddress(receipt.contractAddress ?? '') }
}

/** What the executor needs for buying collateral with borrowed coins. */
const purchaseTargets = (geb: Geb): { readonly target: Address; readonly selector: Hex }[] =>
  (
    [
      [geb.safeEngine, 'approveSAFEModification'],
      [geb.coinJoin, 'join'],
      [geb.collateralAuctionHouse, 'buyCollateral'],
      [geb.collateralJoin, 'exit'],
    ] as const
  ).map(([{ address, abi }, name]) => ({ target: address, selector: (abi.getFunction(name)?.selector ?? '0x') as Hex }))

async function handOver({ rpc }: Anvil): Promise<void> {
  await rpc('evm_setAutomine', [false])
  await rpc('anvil_autoImpersonateAccount', [false])
  await rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00'])
  await rpc('evm_setTime', [Math.floor(Date.now() / 1000)])
  await rpc('evm_mine', [])
}

async function openDoors(
  anvil: Anvil,
  { blockTimeSeconds, manual = false }: GebDevnetOptions,
  cleanUp: CleanUp,
): Promise<Pick<GebDevnet, 'proxy' | 'builder'>> {
  const proxy = await startProxy({ anvil })
  cleanUp.add(() => proxy.stop())
  const relays = [
    { name: 'flashbots', personality: 'flashbots' as const },
    { name: 'titan', personality: 'titan' as const },
  ]
  const builder = await startBuilder({ anvil, pool: proxy.pool, relays, blockTimeSeconds, manual })
  cleanUp.add(() => builder.stop())
  return { proxy, builder }
}

function envOf(
  { proxy, builder }: Pick<GebDevnet, 'proxy' | 'builder'>,
  folder: string,
  privateKey: string,
  { agent, executor }: Pick<GebDevnet, 'agent' | 'executor'>,
): Record<string, string> {
  return {
    RPC_URLS: `${proxy.wsUrl},${proxy.rpcUrl}`,
    SIMULATION_RPC_URL: proxy.rpcUrl,
    MARKETS_FILE: join(folder, 'markets.json'),
    PRIVATE_KEY: privateKey,
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
  }
}
