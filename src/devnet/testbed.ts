import type { Address } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { MarketFileInput } from '../config/market-file.js'
import { accountData, borrow, liquidate, setEMode, supply, type AccountData } from './aave/actions.js'
import type { AaveMarket, AaveVersion } from './aave/market.js'
import { startAnvil, type Anvil, type AnvilOptions } from './anvil.js'
import type { TokenSymbol } from './catalogue.js'
import type { Receipt } from './deployer.js'
import { priceOf, setPrice } from './feeds.js'
import { layGround, openMarket, type Ground } from './ground.js'
import { describeMarkets } from './market-description.js'
import { marketMove } from './market-move.js'
import { giveEther, mint } from './tokens.js'
import type { Prices } from './uniswap/deploy.js'

export interface AaveTestbed extends Ground {
  readonly anvil: Anvil
  readonly market: AaveMarket
  /** Raw units; the user needs nothing. */
  supply(symbol: TokenSymbol, user: Address, amount: bigint): Promise<void>
  /** Raw units; the user is impersonated and given ether when it has none. */
  borrow(symbol: TokenSymbol, user: Address, amount: bigint): Promise<Receipt>
  setEMode(user: Address, category: number): Promise<Receipt>
  setPrice(symbol: TokenSymbol, price8: bigint): Promise<void>
  price(symbol: TokenSymbol): Promise<bigint>
  /** Sets the prices and moves every Uniswap pool to them. */
  moveMarket(prices: Partial<Prices>): Promise<void>
  mint(symbol: TokenSymbol, to: Address, amount: bigint): Promise<void>
  liquidate(liquidator: Address, order: Parameters<typeof liquidate>[3]): Promise<Receipt>
  account(user: Address): Promise<AccountData>
  /** What `src/config/market-file.ts` reads. */
  marketFile(): MarketFileInput
  stop(): Promise<void>
}

export interface TestbedOptions extends AnvilOptions {
  readonly version?: AaveVersion
  /** True: there is a Uniswap v4 pool of native ether, too. Default false. */
  readonly etherPool?: boolean
}

/**
 * A node of its own with tokens, feeds, Uniswap and one Aave market, in about a second. Default: v3.6, a block per
 * transaction. Set-up needs automatic mining; with `autoMine: false` it is switched off at the end.
 */
export async function startAaveTestbed(options: TestbedOptions = {}): Promise<AaveTestbed> {
  const { version = 'v3.6', autoMine = true, etherPool, ...node } = options
  const anvil = await startAnvil({ ...node, autoMine: true })
  try {
    const ground = await layGround(anvil, { etherPool })
    const market = await openMarket(ground, version, version === 'v3.6' ? 'aave-v3-devnet' : 'aave-v30-devnet')
    if (!autoMine) await anvil.rpc('evm_setAutomine', [false])
    return testbedOf(anvil, ground, market)
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

function testbedOf(anvil: Anvil, ground: Ground, market: AaveMarket): AaveTestbed {
  const { admin, feeds, tokens } = ground
  const fund = async (user: Address): Promise<void> => {
    if ((await admin.rpc('eth_getBalance', [user, 'latest'])) === '0x0') await giveEther(admin, user, 10n ** 19n)
  }
  return {
    ...ground,
    anvil,
    market,
    supply: (symbol, user, amount) => supply(admin, market, symbol, user, amount),
    async borrow(symbol, user, amount) {
      await fund(user)
      return borrow(admin, market, symbol, user, amount)
    },
    async setEMode(user, category) {
      await fund(user)
      return setEMode(admin, market, user, category)
    },
    setPrice: (symbol, price8) => setPrice(admin, feeds, symbol, price8),
    price: (symbol) => priceOf(admin, feeds, symbol),
    async moveMarket(prices) {
      for (const transaction of await marketMove(ground, prices, admin.from)) {
        const receipt = (await anvil.rpc('eth_sendTransactionSync', [transaction])) as Receipt
        if (receipt.status !== '0x1')
          throw new KeeperError('devnet-revert', `a move of the market failed`, { ...transaction })
      }
    },
    mint: (symbol, to, amount) => mint(admin, tokens, symbol, to, amount),
    liquidate: (liquidator, order) => liquidate(admin, market, liquidator, order),
    account: (user) => accountData(admin, market, user),
    marketFile: () => describeMarkets(ground, [market], anvil.chainId),
    stop: () => anvil.stop(),
  }
}
