import { type Address, type Hex, toAddress } from '../../../../src/domain/chain.js'
import { LISTINGS, SYMBOLS, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import { reserveTokens } from '../../../../src/devnet/aave/actions.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { type Random, scaled } from './random.js'
import { units } from './standing.js'
import { type World, encode } from './world.js'

/** What a random action may use. */
export interface Scene {
  readonly world: World
  readonly random: Random
  readonly users: Address[]
}

type Action = (scene: Scene) => Promise<void>

/** Sends from an impersonated account; a revert is an outcome like any other. Returns whether it succeeded. */
async function send(
  { world }: Scene,
  from: Address,
  to: Contract,
  method: string,
  args: readonly unknown[],
): Promise<boolean> {
  const transaction = { from, to: to.address, data: encode(to, method, args), gas: '0x2dc6c0' }
  const receipt = (await world.bed.anvil.rpc('eth_sendTransactionSync', [transaction])) as { status: Hex }
  return receipt.status === '0x1'
}

const asset = ({ world }: Scene, symbol: TokenSymbol): Address => world.bed.tokens[symbol].address
const VARIABLE = 2
const MAX = 2n ** 256n - 1n

const supply: Action = async (scene) => {
  const { world, random, users } = scene
  const symbol = random.pick(SYMBOLS)
  await send(scene, world.bed.admin.from, world.bed.market.pool, 'supply', [
    asset(scene, symbol),
    units(symbol, random.between(50, 5_000)),
    random.pick(users),
    0,
  ])
}

const borrow: Action = async (scene) => {
  const { world, random, users } = scene
  const { symbol } = random.pick(LISTINGS.filter(({ borrowable }) => borrowable))
  const user = random.pick(users)
  await send(scene, user, world.bed.market.pool, 'borrow', [
    asset(scene, symbol),
    units(symbol, random.between(20, 900)),
    VARIABLE,
    0,
    user,
  ])
}

const repay: Action = async (scene) => {
  const { world, random, users } = scene
  const symbol = random.pick(SYMBOLS)
  const amount = units(symbol, random.chance(0.3) ? 1e7 : random.between(1, 2_000))
  await send(scene, world.bed.admin.from, world.bed.market.pool, 'repay', [
    asset(scene, symbol),
    amount,
    VARIABLE,
    random.pick(users),
  ])
}

const withdraw: Action = async (scene) => {
  const { world, random, users } = scene
  const user = random.pick(users)
  const symbol = random.pick(SYMBOLS)
  const amount = random.chance(0.3) ? MAX : units(symbol, random.between(1, 800))
  await send(scene, user, world.bed.market.pool, 'withdraw', [asset(scene, symbol), amount, user])
}

const TRANSFER = {
  type: 'function',
  name: 'transfer',
  inputs: [{ type: 'address' }, { type: 'uint256' }],
  outputs: [{ type: 'bool' }],
  stateMutability: 'nonpayable',
}

const transfer: Action = async (scene) => {
  const { world, random, users } = scene
  const symbol = random.pick(SYMBOLS)
  const { aToken } = await reserveTokens(world.bed.admin, world.bed.market, symbol)
  const token: Contract = {
    address: aToken.address,
    abi: new (aToken.abi.constructor as new (abi: object[]) => Contract['abi'])([TRANSFER]),
  }
  await send(scene, random.pick([...users, world.bed.uniswap.maker]), token, 'transfer', [
    random.pick(users),
    units(symbol, random.between(1, 700)),
  ])
}

const toggleCollateral: Action = async (scene) => {
  const { world, random, users } = scene
  await send(scene, random.pick(users), world.bed.market.pool, 'setUserUseReserveAsCollateral', [
    asset(scene, random.pick(SYMBOLS)),
    random.chance(0.7),
  ])
}

const eMode: Action = async (scene) => {
  const { world, random, users } = scene
  await send(scene, random.pick(users), world.bed.market.pool, 'setUserEMode', [random.below(3)])
}

const repayWithATokens: Action = async (scene) => {
  const { world, random, users } = scene
  const symbol = random.pick(SYMBOLS)
  await send(scene, random.pick(users), world.bed.market.pool, 'repayWithATokens', [
    asset(scene, symbol),
    units(symbol, random.between(1, 500)),
    VARIABLE,
  ])
}

const liquidate: Action = async (scene) => {
  const { world, random, users } = scene
  const { bed } = world
  for (const symbol of random.some(['WETH', 'WBTC', 'RARE', 'DAI'] as const, 2)) {
    await bed.setPrice(symbol, scaled(world.opening.get(asset(scene, symbol)) ?? 0n, random.between(0.45, 1.3)))
  }
  const { pool } = bed.market
  for (const user of random.some(users, 6)) {
    const [collateral, debt] = [random.pick(SYMBOLS), random.pick(SYMBOLS)]
    const amount = random.chance(0.6) ? MAX : units(debt, random.between(100, 3_000))
    await send(scene, bed.admin.from, pool, 'liquidationCall', [
      asset(scene, collateral),
      asset(scene, debt),
      user,
      amount,
      random.chance(0.4),
    ])
  }
}

const newcomer: Action = async (scene) => {
  const { world, random, users } = scene
  const user = toAddress(`0x${(0xcc_0000 + users.length).toString(16).padStart(40, '0')}`)
  users.push(user)
  await world.bed.anvil.rpc('anvil_setBalance', [user, '0xde0b6b3a7640000'])
  const { pool } = world.bed.market
  for (const symbol of random.some(SYMBOLS, 2)) {
    await send(scene, world.bed.admin.from, pool, 'supply', [
      asset(scene, symbol),
      units(symbol, random.between(500, 5_000)),
      user,
      0,
    ])
  }
  await send(scene, user, pool, 'borrow', [
    asset(scene, 'USDC'),
    units('USDC', random.between(50, 400)),
    VARIABLE,
    0,
    user,
  ])
}

const settings: Action = async (scene) => {
  const { world, random } = scene
  const { configurator, version } = world.bed.market
  const modern = version === 'v3.6'
  const one = asset(scene, random.pick(SYMBOLS))
  const set = (method: string, args: readonly unknown[]): Promise<boolean> =>
    send(scene, world.bed.admin.from, configurator, method, args)
  const choices: (() => Promise<unknown>)[] = [
    () => set('configureReserveAsCollateral', [one, 4_000, 6_000 + random.below(2_000), 10_100 + random.below(900)]),
    () => set('setLiquidationProtocolFee', [one, random.below(3_000)]),
    () => set('setReserveFactor', [one, random.below(3_000)]),
    () => set('setReserveFlashLoaning', [one, random.chance(0.5)]),
    () => set(modern ? 'updateFlashloanPremium' : 'updateFlashloanPremiumTotal', [random.below(30)]),
    () => set(modern ? 'setReservePause(address,bool)' : 'setReservePause', [one, random.chance(0.2)]),
    () =>
      modern
        ? set('setReservePause(address,bool,uint40)', [one, false, 1_000])
        : set('setAssetEModeCategory', [one, 1 + random.below(2)]),
    () =>
      modern
        ? set('setAssetCollateralInEMode', [one, 1 + random.below(2), random.chance(0.6)])
        : set('setReserveFreeze', [one, false]),
    () =>
      set('setEModeCategory', [
        1 + random.below(3),
        8_000,
        8_500 + random.below(1_000),
        10_050 + random.below(300),
        ...(modern ? [] : ['0x0000000000000000000000000000000000000000']),
        'Mode',
      ]),
    () => send(scene, world.bed.admin.from, world.bed.market.pool, 'mintToTreasury', [[one]]),
  ]
  await random.pick(choices)()
}

const later: Action = async ({ world, random }) => {
  await world.bed.anvil.rpc('evm_increaseTime', [random.below(900_000)])
}

const ACTIONS: readonly Action[] = [
  supply,
  supply,
  borrow,
  borrow,
  repay,
  withdraw,
  transfer,
  transfer,
  toggleCollateral,
  eMode,
  repayWithATokens,
  liquidate,
  newcomer,
  settings,
  settings,
  later,
  later,
]

export const act = (scene: Scene): Promise<void> => scene.random.pick(ACTIONS)(scene)
