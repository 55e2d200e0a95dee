import { toAddress, type Address } from '../../domain/chain.js'
import type { TokenSymbol } from '../catalogue.js'
import { contractAt, type Contract, type Deployer, type Receipt } from '../deployer.js'
import { approve, mint } from '../tokens.js'
import type { AaveMarket } from './market.js'

const ERC20 = [
  {
    type: 'function',
    name: 'balanceOf',
    inputs: [{ type: 'address' }],
    outputs: [{ type: 'uint256' }],
    stateMutability: 'view',
  },
  {
    ...{ type: 'function', name: 'scaledBalanceOf', inputs: [{ type: 'address' }] },
    ...{ outputs: [{ type: 'uint256' }], stateMutability: 'view' },
  },
]

/** Variable rate: the only one that both versions have in use. */
const VARIABLE = 2

export interface AccountData {
  readonly collateralBase: bigint
  readonly debtBase: bigint
  readonly healthFactor: bigint
}

/** Supplies minted tokens in `user`'s name, paid by the deployer; `user` needs neither tokens nor ether. */
export async function supply(
  on: Deployer,
  { pool, tokens }: AaveMarket,
  symbol: TokenSymbol,
  user: Address,
  amount: bigint,
): Promise<void> {
  await mint(on, tokens, symbol, on.from, amount)
  await approve(on, tokens[symbol], on.from, pool.address)
  await on.send(pool, 'supply', [tokens[symbol].address, amount, user, 0])
}

/** Borrows as `user`, who must be unlocked or impersonated and have ether for gas. */
export const borrow = (
  on: Deployer,
  { pool, tokens }: AaveMarket,
  symbol: TokenSymbol,
  user: Address,
  amount: bigint,
): Promise<Receipt> => on.send(pool, 'borrow', [tokens[symbol].address, amount, VARIABLE, 0, user], { from: user })

export const setEMode = (on: Deployer, { pool }: AaveMarket, user: Address, category: number): Promise<Receipt> =>
  on.send(pool, 'setUserEMode', [category], { from: user })

/** Mints the debt for `liquidator`, approves it and calls `liquidationCall`. */
export async function liquidate(
  on: Deployer,
  market: AaveMarket,
  liquidator: Address,
  order: {
    readonly user: Address
    readonly collateral: TokenSymbol
    readonly debt: TokenSymbol
    readonly debtToCover: bigint
    readonly funds: bigint
    readonly receiveAToken?: boolean
  },
): Promise<Receipt> {
  const { tokens, pool } = market
  await mint(on, tokens, order.debt, liquidator, order.funds)
  await approve(on, tokens[order.debt], liquidator, pool.address)
  const assets = [tokens[order.collateral].address, tokens[order.debt].address]
  const rest = [order.user, order.debtToCover, order.receiveAToken ?? false]
  return on.send(pool, 'liquidationCall', [...assets, ...rest], { from: liquidator })
}

/** The contract's own reading of a position; health factor in wad, the rest in base currency (USD, 8 decimals). */
export async function accountData(on: Deployer, { pool }: AaveMarket, user: Address): Promise<AccountData> {
  const answer = await on.read(pool, 'getUserAccountData', [user])
  const [collateralBase, debtBase, healthFactor] = [answer[0], answer[1], answer[5]] as [bigint, bigint, bigint]
  return { collateralBase, debtBase, healthFactor }
}

/** aToken and variable debt token of a reserve. */
export async function reserveTokens(
  on: Deployer,
  { dataProvider, tokens }: AaveMarket,
  symbol: TokenSymbol,
): Promise<{ aToken: Contract; debtToken: Contract }> {
  const answer = await on.read(dataProvider, 'getReserveTokensAddresses', [tokens[symbol].address])
  const at = (value: unknown): Contract => contractAt({ abi: ERC20 }, toAddress(value as string))
  return { aToken: at(answer[0]), debtToken: at(answer[2]) }
}
