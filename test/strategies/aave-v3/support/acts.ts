import { AbiCoder, ZeroAddress, encodeBytes32String } from 'ethers'
import type { Address } from '../../../../src/domain/chain.js'
import type { AaveVersion } from '../../../../src/devnet/aave/market.js'
import { reserveTokens } from '../../../../src/devnet/aave/actions.js'
import { contractAt } from '../../../../src/devnet/deployer.js'
import { type Stage, list, newOracle, sentinel, upgradePool, upgradeTokens } from './stage.js'

export const ether = (n: number): bigint => BigInt(n) * 10n ** 18n
export const usdc = (n: number): bigint => BigInt(n) * 10n ** 6n
export const own: Address = `0x${'d1'.repeat(20)}`
export const other: Address = `0x${'d2'.repeat(20)}`
export const stable: Address = `0x${'d5'.repeat(20)}`
export const umbrella: Address = `0x${'d6'.repeat(20)}`
export const strangers: readonly [Address, Address] = [`0x${'d3'.repeat(20)}`, `0x${'d4'.repeat(20)}`]

/** What governance (or anybody) does, and what it must do to the health factors of the standing positions. */
export interface Act {
  readonly name: string
  readonly only?: AaveVersion
  /** Or the version that alone moves them by it. */
  readonly moves: boolean | AaveVersion
  /** `event`: the logs of the block say everything; `read`: something is read as of that block. */
  readonly known: 'event' | 'read' | 'either'
  run(stage: Stage): Promise<unknown>
}

/** `ltv`, threshold and bonus in basis points; v3.0 asks for a price source of the category besides. */
const category = (id: number, threshold: number, modern: boolean, source: string = ZeroAddress): unknown[] => [
  ...[id, threshold - 300, threshold, 10_100],
  ...(modern ? [] : [source]),
  'Mode',
]

const TRANSFER = 'function transfer(address to, uint256 amount) returns (bool)'

export const ACTS: readonly Act[] = [
  {
    name: 'threshold and bonus of a reserve',
    moves: true,
    known: 'event',
    run: ({ configure, asset }) => configure('configureReserveAsCollateral', [asset('WETH'), 6_000, 7_000, 10_700]),
  },
  {
    name: 'threshold and bonus of an eMode',
    moves: true,
    known: 'event',
    run: ({ configure, modern }) => configure('setEModeCategory', category(2, 9_300, modern)),
  },
  {
    name: 'a reserve leaves an eMode',
    moves: true,
    known: 'event',
    run: ({ configure, modern, asset }) =>
      modern
        ? configure('setAssetCollateralInEMode', [asset('USDC'), 2, false])
        : configure('setAssetEModeCategory', [asset('USDC'), 0]),
  },
  {
    name: 'a reserve enters an eMode',
    moves: true,
    known: 'event',
    run: ({ configure, modern, asset }) =>
      modern
        ? configure('setAssetCollateralInEMode', [asset('USDC'), 2, true])
        : configure('setAssetEModeCategory', [asset('USDC'), 2]),
  },
  {
    name: 'an eMode gets a price source of its own',
    only: 'v3.0',
    moves: true,
    known: 'read',
    run: async ({ configure, world, asset }) => {
      await world.bed.setPrice('RARE', 1_01000000n)
      await configure('setEModeCategory', category(2, 9_300, false, asset('RARE')))
    },
  },
  {
    name: 'an eMode loses it',
    only: 'v3.0',
    moves: true,
    known: 'read',
    run: ({ configure }) => configure('setEModeCategory', category(2, 9_300, false)),
  },
  {
    name: 'a new eMode, and a user who enters it',
    only: 'v3.6',
    moves: true,
    known: 'event',
    run: async ({ configure, asset, act, world }) => {
      await configure('setEModeCategory', category(7, 9_400, true))
      await configure('setAssetCollateralInEMode', [asset('WETH'), 7, true])
      await configure('setAssetBorrowableInEMode', [asset('USDC'), 7, true])
      await act(own, world.bed.market.pool, 'setUserEMode', [7])
    },
  },
  {
    name: 'ltv of zero within an eMode',
    only: 'v3.6',
    moves: false,
    known: 'event',
    run: ({ configure, asset }) => configure('setAssetLtvzeroInEMode', [asset('WETH'), 7, true]),
  },
  {
    name: 'deficit of bad debt in two reserves',
    only: 'v3.6',
    moves: true,
    known: 'either',
    run: async ({ world }) => {
      const { bed } = world
      await bed.supply('WBTC', other, 10n ** 7n)
      await bed.borrow('USDC', other, usdc(1_000))
      await bed.borrow('DAI', other, ether(1_000))
      await bed.setPrice('WBTC', 5_000_00000000n)
      const order = {
        user: other,
        collateral: 'WBTC',
        debt: 'USDC',
        debtToCover: 2n ** 255n,
        funds: usdc(2_000),
      } as const
      await bed.liquidate(bed.admin.from, order)
      await bed.setPrice('WBTC', 60_000_00000000n)
    },
  },
  {
    name: 'the umbrella covers a deficit',
    only: 'v3.6',
    moves: false,
    known: 'event',
    run: async ({ world, asset, act }) => {
      const { bed } = world
      await bed.admin.send(bed.market.addressesProvider, 'setAddress', [encodeBytes32String('UMBRELLA'), umbrella])
      await bed.supply('DAI', umbrella, ether(300))
      await act(umbrella, bed.market.pool, 'eliminateReserveDeficit', [asset('DAI'), ether(100)])
    },
  },
  {
    name: 'freeze and unfreeze',
    moves: false,
    known: 'event',
    run: async ({ configure, asset }) => {
      await configure('setReserveFreeze', [asset('WETH'), true])
      await configure('setReserveFreeze', [asset('WETH'), false])
    },
  },
  {
    name: 'pause and unpause',
    moves: false,
    known: 'event',
    run: async ({ configure, asset, modern }) => {
      for (const on of [true, false])
        await configure(modern ? 'setReservePause(address,bool)' : 'setReservePause', [asset('DAI'), on])
    },
  },
  {
    name: 'pause of the whole pool',
    moves: false,
    known: 'event',
    run: async ({ configure, modern }) => {
      for (const on of [true, false]) await configure(modern ? 'setPoolPause(bool)' : 'setPoolPause', [on])
    },
  },
  {
    name: 'grace period and its end',
    only: 'v3.6',
    moves: false,
    known: 'event',
    run: async ({ configure, asset }) => {
      await configure('setReservePause(address,bool,uint40)', [asset('USDC'), false, 3_000])
      await configure('setReservePause(address,bool,uint40)', [asset('DAI'), false, 3_000])
      await configure('disableLiquidationGracePeriod', [asset('DAI')])
    },
  },
  {
    name: 'reserve factor, protocol fee, flash premium',
    moves: false,
    known: 'event',
    run: async ({ configure, asset, modern }) => {
      await configure('setReserveFactor', [asset('USDC'), 2_222])
      await configure('setLiquidationProtocolFee', [asset('USDC'), 1_111])
      await configure(modern ? 'updateFlashloanPremium' : 'updateFlashloanPremiumTotal', [13])
    },
  },
  {
    name: 'interest model, and interest after it',
    moves: false,
    known: 'either',
    run: async ({ configure, asset, modern, world }) => {
      const { admin, market, anvil } = world.bed
      if (modern)
        await configure('setReserveInterestRateData', [
          asset('USDC'),
          AbiCoder.defaultAbiCoder().encode(['uint16', 'uint32', 'uint32', 'uint32'], [4_500, 900, 5_000, 30_000]),
        ])
      else {
        const [data] = await admin.read(market.pool, 'getReserveData', [asset('WBTC')])
        await configure('setReserveInterestRateStrategyAddress', [
          asset('USDC'),
          (data as Record<string, string>)['interestRateStrategyAddress'],
        ])
      }
      await world.bed.supply('USDC', own, usdc(1))
      await anvil.rpc('evm_increaseTime', [7_000_000])
      await anvil.rpc('evm_mine', [])
    },
  },
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
