import { reserveTokens } from '../../../../src/devnet/aave/actions.js'
import { contractAt } from '../../../../src/devnet/deployer.js'
import { type Act, ether, other, own, strangers, usdc } from './acts.js'
import { list, newOracle, sentinel, slots, upgradePool, upgradeTokens } from './stage.js'

const TRANSFER = 'function transfer(address to, uint256 amount) returns (bool)'

/** Reserves that come and go, and other contracts behind the market. To be done in this order, behind `RULE_ACTS`. */
export const MARKET_ACTS: readonly Act[] = [
  {
    name: 'price source of a reserve',
    moves: false,
    known: 'event',
    run: ({ world, asset }) =>
      world.bed.admin.send(world.bed.market.oracle, 'setAssetSources', [
        [asset('WBTC')],
        [world.bed.feeds.sources.WETH.address],
      ]),
  },
  {
    name: 'and back',
    moves: false,
    known: 'event',
    run: ({ world, asset }) =>
      world.bed.admin.send(world.bed.market.oracle, 'setAssetSources', [
        [asset('WBTC')],
        [world.bed.feeds.sources.WBTC.address],
      ]),
  },
  { name: 'sentinel', moves: false, known: 'read', run: sentinel },
  {
    name: 'unbacked aTokens and their backing',
    only: 'v3.0',
    moves: true,
    known: 'either',
    run: async ({ world, configure, asset }) => {
      const { admin, market } = world.bed
      await admin.send(market.aclManager, 'addBridge', [admin.from])
      await configure('setUnbackedMintCap', [asset('WETH'), 1_000])
      await admin.send(market.pool, 'mintUnbacked', [asset('WETH'), ether(1), own, 0])
      await world.bed.mint('WETH', admin.from, ether(2))
      await admin.send(market.pool, 'backUnbacked', [asset('WETH'), ether(1), ether(1) / 100n])
    },
  },
  { name: 'listing', moves: false, known: 'read', run: (stage) => list(stage, true) },
  {
    name: 'its first collateral and loan against it',
    moves: true,
    known: 'either',
    run: async ({ world, listed, act, asset }) => {
      const { admin, market } = world.bed
      const [, user] = strangers
      await admin.send(market.pool, 'supply', [listed.at(-1)?.address, 10n ** 8n, user, 0])
      await act(user, market.pool, 'borrow', [asset('USDC'), usdc(9_000), 2, 0, user])
    },
  },
  {
    name: 'aTokens sent to a borrower who never held them, collateral at once',
    // v3.6 asks the receiver first
    moves: 'v3.0',
    known: 'either',
    run: async ({ world, act }) => {
      const { bed } = world
      await bed.supply('wstETH', other, ether(2))
      const { aToken } = await reserveTokens(bed.admin, bed.market, 'wstETH')
      await act(other, contractAt({ abi: [TRANSFER] as never }, aToken.address), 'transfer', [strangers[1], ether(1)])
    },
  },
  {
    name: 'a reserve is listed and dropped, the next takes its place',
    moves: false,
    known: 'read',
    run: async (stage) => {
      await list(stage, true)
      await stage.configure('dropReserve', [stage.listed.at(-1)?.address])
      await list(stage, false)
    },
  },
  {
    name: 'isolated collateral',
    moves: true,
    known: 'either',
    run: async ({ world, listed, configure, act, asset }) => {
      const { admin, market } = world.bed
      const token = listed.at(-1)?.address
      await configure('configureReserveAsCollateral', [token, 5_000, 5_500, 10_900])
      await configure('setDebtCeiling', [token, 100_000_00])
      await configure('setBorrowableInIsolation', [asset('DAI'), true])
      const [user] = strangers
      await admin.send(market.pool, 'supply', [token, 10n ** 8n, user, 0])
      await act(user, market.pool, 'setUserUseReserveAsCollateral', [token, true])
      await act(user, market.pool, 'borrow', [asset('DAI'), ether(10_000), 2, 0, user])
      await configure('setDebtCeiling', [token, 50_000_00])
    },
  },
  { name: 'another price oracle', moves: false, known: 'read', run: newOracle },
  {
    name: 'the oracle of before and no sentinel, by the names of their slots',
    moves: false,
    known: 'read',
    run: slots,
  },
  { name: 'the pool of v3.6 in flight', only: 'v3.0', moves: true, known: 'read', run: upgradePool },
  {
    name: 'balances moved under the new rules',
    only: 'v3.0',
    moves: true,
    known: 'either',
    run: async (stage) => {
      const { world, act, asset } = stage
      const { admin, anvil, market } = world.bed
      await upgradeTokens(stage)
      for (const n of [3, 7, 13]) {
        await world.bed.supply('WETH', own, ether(1) / BigInt(n))
        await world.bed.mint('USDC', admin.from, usdc(50))
        await admin.send(market.pool, 'repay', [asset('USDC'), usdc(50) / BigInt(n), 2, own])
        await act(own, market.pool, 'withdraw', [asset('WETH'), ether(1) / BigInt(2 * n), own])
        await anvil.rpc('evm_increaseTime', [100_003 * n])
      }
    },
  },
]
