import { accountOf, ROLES } from '../../../devnet/ground.js'
import type { Contract } from '../../../devnet/deployer.js'
import type { GebDevnet } from '../../../devnet/geb/devnet.js'
import type { RawAuction } from '../../../devnet/geb/rival.js'
import type { Address } from '../../../domain/chain.js'
import { RAY } from '../../../domain/maths.js'
import { NATIVE } from '../../../ledger/booking.js'
import type { PriceInWei } from '../../../ledger/totals.js'

export type Balances = ReadonlyMap<Address, bigint>

const hex = (block: number): string => `0x${block.toString(16)}`

/** Whose money is the keeper owner's. */
export function ownAccounts({ ground, agent, executor, operator }: GebDevnet): Address[] {
  const [owner, payout] = [ROLES.executorOwner, ROLES.payout].map((role) => accountOf(ground.accounts, role))
  return [owner, payout, operator, executor, agent.address].filter((one) => one !== undefined)
}

/**
 * Everything that these accounts hold at `block`, by the chain alone: coins of the chain, tokens, what lies inside the SAFE
 * engine (coins in rad under its own address, collateral under the join's) and bids that stand in debt auctions (rad, under
 * the house's address).
 */
export async function holdingsAt(devnet: GebDevnet, accounts: readonly Address[], block: number): Promise<Balances> {
  const { geb, ground, anvil } = devnet
  const at = hex(block)
  const sums = new Map<Address, bigint>()
  const add = (token: Address, amount: bigint): void => void sums.set(token, (sums.get(token) ?? 0n) + amount)
  const read = async (to: Contract, method: string, args: readonly unknown[]): Promise<bigint> =>
    (await ground.admin.read(to, method, args, at))[0] as bigint
  for (const account of accounts) {
    add(NATIVE, BigInt((await anvil.rpc('eth_getBalance', [account, at])) as string))
    for (const token of [ground.tokens.WETH, geb.coin, geb.protocolToken])
      add(token.address, await read(token, 'balanceOf', [account]))
    add(geb.safeEngine.address, await read(geb.safeEngine, 'coinBalance', [account]))
    add(geb.collateralJoin.address, await read(geb.safeEngine, 'tokenCollateral', [geb.cType, account]))
  }
  const started = await read(geb.debtAuctionHouse, 'auctionsStarted', [])
  for (let id = 1n; id <= started; id++) {
    const auction = (await ground.admin.read(geb.debtAuctionHouse, 'auctions', [id], at))[0] as RawAuction
    const [bid, , highBidder, expiry] = auction
    const leader = highBidder.toLowerCase()
    if (expiry !== 0n && accounts.some((account) => account === leader)) add(geb.debtAuctionHouse.address, bid)
  }
  return sums
}

/** Wei per raw unit at the pools' final prices, exact fractions of `slot0`; one coin inside the engine is worth one outside. */
export async function finalPrices({ geb, ground, pools, anvil }: GebDevnet): Promise<ReadonlyMap<Address, PriceInWei>> {
  const one = { numerator: 1n, denominator: 1n }
  const weth = ground.tokens.WETH.address
  const inWei = async (token: Address, pool: Address): Promise<PriceInWei> => {
    const answer = (await anvil.rpc('eth_call', [{ to: pool, data: '0x3850c7bd' }, 'latest'])) as string
    const squared = BigInt(answer.slice(0, 66)) ** 2n
    // slot0's price is that of token0 in token1
    return token < weth
      ? { numerator: squared, denominator: 2n ** 192n }
      : { numerator: 2n ** 192n, denominator: squared }
  }
  const coin = await inWei(geb.coin.address, pools.coin)
  const inside = { numerator: coin.numerator, denominator: coin.denominator * RAY }
  return new Map([
    ...([NATIVE, weth, geb.collateralJoin.address] as const).map((token) => [token, one] as const),
    [geb.coin.address, coin],
    ...([geb.safeEngine.address, geb.debtAuctionHouse.address] as const).map((token) => [token, inside] as const),
    [geb.protocolToken.address, await inWei(geb.protocolToken.address, pools.protocolToken)],
  ])
}

export const changeOf = (before: Balances, after: Balances): Map<Address, bigint> =>
  new Map([...after].map(([token, now]) => [token, now - (before.get(token) ?? 0n)]))
