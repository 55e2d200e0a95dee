import { Interface } from 'ethers'
import { parseMarketFile } from '../../src/config/market-file.js'
import type { TokenSymbol } from '../../src/devnet/catalogue.js'
import { MULTICALL } from '../../src/devnet/multicall.js'
import { planPositions } from '../../src/devnet/positions/plan.js'
import { seedPositions } from '../../src/devnet/positions/seed.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { Progress } from '../progress.js'

/** A local chain on which the real Aave v3.6 has emitted many thousand events for a few hundred borrowers. */
export interface LogChain {
  readonly bed: AaveTestbed
  /** Begins after the market was set up, so that a replay is of users' events alone. */
  readonly market: Market
  stop(): Promise<void>
}

const BORROWERS = 400
const CALLS_PER_BLOCK = 60
/** ReserveDataUpdated, Mint or Burn, Supply or Repay. */
const LOGS_PER_CALL = 3
const SYMBOLS: readonly TokenSymbol[] = ['WETH', 'USDC', 'WBTC', 'DAI']
const MULTICALL_ABI = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls)',
])
const ERC20_ABI = new Interface(['function approve(address spender, uint256 amount)'])
const MAX = 2n ** 256n - 1n
const VARIABLE = 2

/** Borrowers open positions, then a contract supplies for them and repays for them, many times in a block. */
export async function makeLogChain(logs: number, seed: number): Promise<LogChain> {
  const bed = await startAaveTestbed()
  try {
    const { chain, markets } = parseMarketFile(bed.marketFile(), 'testbed')
    const [described] = markets
    if (!described) throw new Error('the testbed describes no market')
    const deployBlock = Number(await bed.anvil.rpc('eth_blockNumber', []))
    const market = { ...described, chainId: chain.id, deployBlock }
    const plans = planPositions({ borrowers: BORROWERS, seed, markets: ['v3.6'], specials: false })
    await seedPositions(bed, [bed.market], plans)
    const accounts = plans.map(({ account }) => account)
    await fundMulticall(bed)
    const blocks = Math.ceil(logs / (CALLS_PER_BLOCK * LOGS_PER_CALL))
    const progress = new Progress('logs', blocks)
    for (let block = 0; block < blocks; block++) {
      await aggregate(bed, callsOf(bed, accounts, block * CALLS_PER_BLOCK))
      progress.at(block)
    }
    return { bed, market, stop: () => bed.stop() }
  } catch (error) {
    await bed.stop()
    throw error
  }
}

interface Call {
  readonly target: Address
  readonly callData: Hex
}

const encoded = (abi: Interface, method: string, args: readonly unknown[]): Hex =>
  abi.encodeFunctionData(method, [...args]) as Hex

async function fundMulticall(bed: AaveTestbed): Promise<void> {
  const { pool } = bed.market
  for (const symbol of SYMBOLS) await bed.mint(symbol, MULTICALL, 10n ** 27n)
  const approvals = SYMBOLS.map((symbol): Call => {
    return { target: bed.tokens[symbol].address, callData: encoded(ERC20_ABI, 'approve', [pool.address, MAX]) }
  })
  await aggregate(bed, approvals)
}

/** Small supplies of every token in turn, and repayments to those who owe it; a call that fails leaves no log. */
function callsOf({ market, tokens }: AaveTestbed, accounts: readonly Address[], first: number): Call[] {
  const { pool } = market
  return Array.from({ length: CALLS_PER_BLOCK }, (_, i): Call => {
    const n = first + i
    const asset = tokens[SYMBOLS[n % SYMBOLS.length] ?? 'WETH'].address
    const user = accounts[(n * 7) % accounts.length]
    const amount = 1_000n + BigInt(n)
    const callData =
      n % 3 === 2
        ? encoded(pool.abi, 'repay', [asset, amount, VARIABLE, user])
        : encoded(pool.abi, 'supply', [asset, amount, user, 0])
    return { target: pool.address, callData }
  })
}

async function aggregate({ admin, anvil }: AaveTestbed, calls: readonly Call[]): Promise<void> {
  const data = encoded(MULTICALL_ABI, 'aggregate3', [calls.map((call) => ({ ...call, allowFailure: true }))])
  await anvil.rpc('eth_sendTransactionSync', [{ from: admin.from, to: MULTICALL, data, gas: '0x1c9c380' }])
}
