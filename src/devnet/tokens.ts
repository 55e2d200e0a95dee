import type { Address } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import { packageArtifact } from './artifacts/package-artifact.js'
import { DECIMALS, type TokenSymbol } from './catalogue.js'
import type { Contract, Deployer } from './deployer.js'

export type Tokens = Readonly<Record<TokenSymbol, Contract>>

/** WETH9 as on Ethereum, a Tether that returns nothing, and five plain tokens. */
export async function deployTokens(on: Deployer): Promise<Tokens> {
  const plain = (name: string, symbol: TokenSymbol): Promise<Contract> =>
    on.deploy(ownContract('DevToken'), [name, symbol, DECIMALS[symbol]])
  return {
    WETH: await on.deploy(packageArtifact('@aave/core-v3', 'dependencies/weth/WETH9.sol')),
    USDC: await plain('USD Coin', 'USDC'),
    USDT: await on.deploy(ownContract('DevTether')),
    WBTC: await plain('Wrapped BTC', 'WBTC'),
    DAI: await plain('Dai Stablecoin', 'DAI'),
    wstETH: await plain('Wrapped liquid staked Ether 2.0', 'wstETH'),
    RARE: await plain('Rare Token', 'RARE'),
  }
}

/** Gives `to` raw units of a token: minted, or for WETH ether that is deposited in its name. */
export async function mint(
  on: Deployer,
  tokens: Tokens,
  symbol: TokenSymbol,
  to: Address,
  amount: bigint,
): Promise<void> {
  if (symbol !== 'WETH') {
    await on.send(tokens[symbol], 'mint', [to, amount])
    return
  }
  await giveEther(on, on.from, amount + 10n ** 21n)
  await on.send(tokens.WETH, 'deposit', [], { value: amount })
  if (to !== on.from) await on.send(tokens.WETH, 'transfer', [to, amount])
}

/** Adds ether to an account out of nothing. */
export async function giveEther(on: Deployer, to: Address, wei: bigint): Promise<void> {
  const has = BigInt((await on.rpc('eth_getBalance', [to, 'latest'])) as string)
  await on.rpc('anvil_setBalance', [to, `0x${(has + wei).toString(16)}`])
}

export const MAX_UINT = 2n ** 256n - 1n

/** Allows `spender` everything, also for a token that wants a zero in between. */
export async function approve(on: Deployer, token: Contract, owner: Address, spender: Address): Promise<void> {
  const [allowed] = await on.read(token, 'allowance', [owner, spender])
  if (allowed === MAX_UINT) return
  if (allowed !== 0n) await on.send(token, 'approve', [spender, 0n], { from: owner })
  await on.send(token, 'approve', [spender, MAX_UINT], { from: owner })
}
