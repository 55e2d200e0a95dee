import { hexlify, randomBytes, Wallet, id } from 'ethers'
import { writeFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import type { AaveMarket } from '../../devnet/aave/market.js'
import { DECIMALS } from '../../devnet/catalogue.js'
import type { Receipt } from '../../devnet/deployer.js'
import type { Devnet } from '../../devnet/devnet.js'
import { accountOf } from '../../devnet/ground.js'
import type { RivalBrief, RivalReserve } from '../../devnet/rivals/brief.js'
import { AAVE_LIQUIDATION_CALL, allowListCalls, executorDeployment } from '../../execution/executor/deploy.js'

/** Who takes part: its executor, where its gains go and who signs. */
export interface Contestant {
  readonly name: string
  readonly executor: Address
  readonly payout: Address
  readonly operators: readonly Address[]
}

export interface RivalSpec {
  readonly name: string
  readonly bidBps: number
  readonly sizes: readonly number[]
  readonly first: RivalBrief['first']
}

/** One that bids half, one with the usual ladder of sizes, one that bids nearly all of it. */
export const RIVALS: readonly RivalSpec[] = [
  { name: 'poller', bidBps: 5_000, sizes: [100, 50], first: 'factor' },
  { name: 'ladder', bidBps: 8_000, sizes: [100, 50, 10], first: 'crumbs' },
  { name: 'generous', bidBps: 9_000, sizes: [100, 50], first: 'debt' },
]

/**
 * What the owner of this keeper has set, who wants to win in a crowd: a bid that leaves little, orders for one block, so that
 * a lane is free again for the next one, and everything prepared that one move of the crash can open.
 */
export const KEEPER_ENV = {
  ...{ CONTESTED: 'always', BID_BPS: '9700', MIN_BID_BPS: '9700', MAX_FEE_SHARE_BPS: '9800', MIN_PROFIT_USD: '1.5' },
  ...{
    ORDER_LIFETIME_BLOCKS: '1',
    PREPARE_HEALTH_FACTOR: '1.08',
    RELAY_FAILURE_BUDGET: '10000',
    RELAY_TIMEOUT_MS: '4000',
  },
  ...{ MAX_EXIT_SHORTFALL_BPS: '2000', SWAP_LIMIT_BPS: '3000', LOG_LEVEL: 'info' },
}

/** Transactions that a rival may have in one block. */
const LANES = 16
const TEN_ETHER = '0x8ac7230489e80000'
/** Of the node's accounts: owns the rivals' executors. */
const RIVALS_OWNER = 8

/** More keys than a move of the crash opens positions: an operator is an address with a little ether, and costs no more. */
const KEEPER_LANES = 32

/** New ones each time: two arenas on one machine must not take each other's keepers for one that signs twice. */
const newWallets = (count: number): Wallet[] =>
  Array.from({ length: count }, () => new Wallet(hexlify(randomBytes(32))))
const addressOf = ({ address }: Wallet): Address => toAddress(address)

/** Gives the keeper's executor several operators; the settings that name them. */
export async function seatKeeper(devnet: Devnet): Promise<{ contestant: Contestant; env: Record<string, string> }> {
  const { executor, payout, owner } = devnet
  const wallets = newWallets(KEEPER_LANES)
  const operators = wallets.map(addressOf)
  for (const { to, data } of allowListCalls(executor, { operators })) await sendAs(devnet, owner, { to, data })
  await fund(devnet, operators)
  const file = join(dirname(devnet.description.env['MARKETS_FILE'] ?? ''), 'operators')
  writeFileSync(file, wallets.map(({ privateKey }) => privateKey).join('\n'), { mode: 0o600 })
  return {
    contestant: { name: 'keeper', executor, payout, operators },
    env: { OPERATOR_KEYS_FILE: file, PRIVATE_KEY: '' },
  }
}

/** Deploys a rival its own executor and writes down what it is told. */
export async function seatRival(
  devnet: Devnet,
  market: AaveMarket,
  { name, bidBps, sizes, first }: RivalSpec,
): Promise<{ contestant: Contestant; brief: RivalBrief }> {
  const { ground, description, builder } = devnet
  const wallets = newWallets(LANES)
  const operators = wallets.map(addressOf)
  const payout = toAddress(`0x${id(`arena payout ${name}`).slice(-40)}`)
  const owner = accountOf(ground.accounts, RIVALS_OWNER)
  const weth = ground.tokens.WETH.address
  const settings = {
    ...{ owner, payout, wrappedNative: weth, maxBidBps: 9_900, operators },
    ...{ factories: [ground.uniswap.factory.address], lenders: [market.pool.address] },
    targets: [{ target: market.pool.address, selector: AAVE_LIQUIDATION_CALL }],
  }
  const { contractAddress } = await sendAs(devnet, owner, executorDeployment(settings))
  await fund(devnet, operators)
  const executor = toAddress(contractAddress ?? '')
  const brief: RivalBrief = {
    ...{ name, executor, bidBps, sizes, first, keys: wallets.map(({ privateKey }) => privateKey) },
    ...{ rpcUrl: devnet.proxy.rpcUrl, wsUrl: devnet.proxy.wsUrl, streamUrl: builder.streamUrl },
    ...{ relayUrls: description.relayUrls, shareUrl: builder.mevShareUrl ?? '', authKey: id(`arena relays ${name}`) },
    ...{ chainId: devnet.anvil.chainId, pool: market.pool.address, oracle: market.oracle.address, weth },
    reserves: await reservesOf(devnet, market),
    pools: ground.uniswap.pools.map(({ contract, token0, token1 }) => ({
      address: contract.address,
      tokens: [ground.tokens[token0].address, ground.tokens[token1].address],
    })),
    borrowers: devnet.positions.map(({ account }) => account),
    aggregators: Object.values(ground.feeds.aggregators).map(({ address }) => address),
  }
  return { contestant: { name, executor, payout, operators }, brief }
}

async function reservesOf({ ground }: Devnet, market: AaveMarket): Promise<RivalReserve[]> {
  return Promise.all(
    market.listed.map(async (symbol) => {
      const asset = ground.tokens[symbol].address
      const [aToken, , debtToken] = await ground.admin.read(market.dataProvider, 'getReserveTokensAddresses', [asset])
      const tokens = { aToken: toAddress(aToken as string), debtToken: toAddress(debtToken as string) }
      return { symbol, asset, ...tokens, decimals: DECIMALS[symbol] }
    }),
  )
}

const fund = async ({ anvil }: Devnet, accounts: readonly Address[]): Promise<void> => {
  for (const account of accounts) await anvil.rpc('anvil_setBalance', [account, TEN_ETHER])
}

/** Set-up behind the proxy, in a block of its own. */
async function sendAs({ anvil }: Devnet, from: Address, call: { to?: Address; data: Hex }): Promise<Receipt> {
  const hash = await anvil.rpc('eth_sendTransaction', [{ from, gas: '0x989680', ...call }])
  await anvil.rpc('evm_mine', [])
  const receipt = (await anvil.rpc('eth_getTransactionReceipt', [hash])) as Receipt | null
  if (receipt?.status !== '0x1') throw new KeeperError('arena', 'setting up an executor failed')
  return receipt
}
