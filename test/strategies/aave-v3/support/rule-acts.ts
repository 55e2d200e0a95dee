import { AbiCoder, ZeroAddress, encodeBytes32String } from 'ethers'
import { type Act, ether, other, own, umbrella, usdc } from './acts.js'

/** `ltv`, threshold and bonus in basis points; v3.0 asks for a price source of the category besides. */
const category = (id: number, threshold: number, modern: boolean, source: string = ZeroAddress): unknown[] => [
  ...[id, threshold - 300, threshold, 10_100],
  ...(modern ? [] : [source]),
  'Mode',
]

/** Other rules for the reserves and eModes there are. To be done in this order. */
export const RULE_ACTS: readonly Act[] = [
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
]
