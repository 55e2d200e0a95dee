import { type Address, type Hex, toAddress } from '../../../../src/domain/chain.js'
import { LISTINGS, SYMBOLS, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import { reserveTokens } from '../../../../src/devnet/aave/actions.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { type AaveState, isDebtKey, reserveOfKey } from '../../../../strategies/aave-v3/state.js'
import { type Random, scaled } from './random.js'
import { units } from './standing.js'
import { type World, encode } from './world.js'

/** What a random action may use. */
export interface Scene {
  readonly world: World
  readonly random: Random
  readonly users: Address[]
  /** The replica, by which an action finds what a user holds. */
  readonly state: AaveState
  /** How often each kind succeeded. */
  readonly done: Record<string, number>
}

type Action = (scene: Scene) => Promise<void>

/** Sends from an impersonated account; a revert is an outcome like any other. Successes are counted under `kind`. */
async function send(
  scene: Scene,
  from: Address,
  to: Contract,
  method: string,
  args: readonly unknown[],
  kind = method,
): Promise<void> {
  const transaction = { from, to: to.address, data: encode(to, method, args), gas: '0x2dc6c0' }
  const receipt = (await scene.world.bed.anvil.rpc('eth_sendTransactionSync', [transaction])) as { status: Hex }
  if (receipt.status === '0x1') scene.done[kind] = (scene.done[kind] ?? 0) + 1
}

/** An asset that the user holds (or owes) as far as the replica knows; any asset when it knows none. */
function held(scene: Scene, user: Address, debt: boolean): TokenSymbol {
  const { state, random, world } = scene
  const position = state.positions.get(user)
  const keys = (position?.keys ?? []).filter((key, i) => isDebtKey(key) === debt && (position?.amounts[i] ?? 0n) > 0n)
  return keys.length === 0 ? random.pick(SYMBOLS) : world.symbolOf(state.reserve(reserveOfKey(random.pick(keys))).asset)
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
  const user = random.pick(users)
  const symbol = held(scene, user, true)
  const amount = units(symbol, random.chance(0.3) ? 1e7 : random.between(1, 2_000))
  await send(scene, world.bed.admin.from, world.bed.market.pool, 'repay', [
    asset(scene, symbol),
    amount,
    VARIABLE,
    user,
  ])
}

const withdraw: Action = async (scene) => {
  const { world, random, users } = scene
  const user = random.pick(users)
  const symbol = held(scene, user, false)
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
  for (const user of random.some(users, 4)) {
    const enable = random.chance(0.5)
    const args = [asset(scene, held(scene, user, false)), enable]
    await send(
      scene,
      user,
      world.bed.market.pool,
      'setUserUseReserveAsCollateral',
      args,
      enable ? 'enabled' : 'disabled',
    )
  }
}

const eMode: Action = async (scene) => {
  const { world, random, users } = scene
  await send(scene, random.pick(users), world.bed.market.pool, 'setUserEMode', [random.below(3)])
}

const repayWithATokens: Action = async (scene) => {
  const { world, random, users } = scene
  for (const user of random.some(users, 5)) {
    const symbol = held(scene, user, true)
    const args = [asset(scene, symbol), units(symbol, random.between(1, 300)), VARIABLE]
    await send(scene, user, world.bed.market.pool, 'repayWithATokens', args)
  }
}

/** A crash of what a user holds, the liquidation of it, and back to the opening price. */
export async function liquidateOne(scene: Scene, user: Address, receives: boolean): Promise<void> {
  const { world, random } = scene
  const { bed } = world
  const [collateral, debt] = [held(scene, user, false), held(scene, user, true)]
  const opening = world.opening.get(asset(scene, collateral)) ?? 0n
  await bed.setPrice(collateral, scaled(opening, random.between(0.3, 0.8)))
  const amount = random.chance(0.6) ? MAX : units(debt, random.between(100, 1_500))
  const args = [asset(scene, collateral), asset(scene, debt), user, amount, receives]
  const kind = !receives ? 'liquidated' : collateral === debt ? `${FOR_ATOKENS}, same asset` : FOR_ATOKENS
  await send(scene, bed.admin.from, bed.market.pool, 'liquidationCall', args, kind)
  await bed.setPrice(collateral, opening)
}

export const FOR_ATOKENS = 'liquidated for aTokens'

const liquidate: Action = async (scene) => {
  const { random, users } = scene
  for (const user of random.some(users, 3)) await liquidateOne(scene, user, random.chance(0.5))
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
  const set = (method: string, args: readonly unknown[]): Promise<void> =>
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
  ]
  // in turn, three at a time, so that a short stream has every one of them
  const turn = (scene.done['settings'] ?? 0) * 3
  scene.done['settings'] = turn / 3 + 1
  for (let i = 0; i < 3; i++) await choices[(turn + i) % choices.length]?.()
}

const treasury: Action = (scene) => {
  const { admin, market } = scene.world.bed
  return send(scene, admin.from, market.pool, 'mintToTreasury', [SYMBOLS.map((symbol) => asset(scene, symbol))])
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
  liquidate,
  treasury,
  newcomer,
  settings,
  settings,
  later,
  later,
]

/** Every action once, in random order. */
export async function actRound(scene: Scene): Promise<void> {
  for (const action of scene.random.some(ACTIONS, ACTIONS.length)) await action(scene)
}
