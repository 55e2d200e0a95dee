import { keccak256, toUtf8Bytes } from 'ethers'
import type { PositionPlan } from '../../../../src/devnet/positions/plan.js'
import { toAddress } from '../../../../src/domain/chain.js'
import type { Act, Call, Scene, Stage } from './scene.js'

const VARIABLE = 2
const MAX_UINT = 2n ** 256n - 1n
const ONE = 10n ** 18n
/** Borrowers who are looked at for one who can be liquidated. */
const LOOKED_AT = 12

/** What accounts do to their own positions and to those of others. */
export const BORROWER_ACTS: Readonly<Record<string, Act>> = {
  supply: (scene) => {
    const { stage, user } = scene.user()
    const symbol = scene.listed()
    const args = [stage.tokens[symbol].address, scene.amount(symbol, 20_000), user.account, 0]
    return [scene.rule(stage.pool, 'supply', args)]
  },
  borrow: (scene) => {
    const { stage, user } = scene.user()
    const symbol = scene.listed(true)
    const args = [stage.tokens[symbol].address, scene.amount(symbol, 400), VARIABLE, 0, user.account]
    return [scene.call(user.account, stage.pool, 'borrow', args)]
  },
  repay: (scene) => {
    const { stage, user } = scene.user()
    const [symbol, owed] = scene.pick(user.debt)
    // more than is owed repays all of it
    const amount = scene.chance(0.2) ? 3n * owed : scene.amount(symbol, 10_000)
    return [scene.rule(stage.pool, 'repay', [stage.tokens[symbol].address, amount, VARIABLE, user.account])]
  },
  withdraw: (scene) => {
    const { stage, user } = scene.user()
    const [symbol, held] = scene.pick(user.collateral)
    const amount = scene.chance(0.1) ? MAX_UINT : part(scene, held)
    const args = [stage.tokens[symbol].address, amount, user.account]
    return [scene.call(user.account, stage.pool, 'withdraw', args)]
  },
  transfer: (scene) => {
    const { stage, user } = scene.user()
    const [symbol, held] = scene.pick(user.collateral)
    const to = scene.pick(stage.users).account
    return [scene.call(user.account, stage.aTokens[symbol], 'transfer', [to, part(scene, held)])]
  },
  collateralFlag: (scene) => {
    const { stage, user } = scene.user()
    const symbol = scene.chance(0.5) ? scene.pick(user.collateral)[0] : scene.listed()
    const args = [stage.tokens[symbol].address, scene.chance(0.5)]
    return [scene.call(user.account, stage.pool, 'setUserUseReserveAsCollateral', args)]
  },
  eMode: (scene) => {
    const { stage, user } = scene.user()
    return [scene.call(user.account, stage.pool, 'setUserEMode', [scene.below(3)])]
  },
  repayWithATokens: (scene) => {
    const stage = scene.stage()
    const users = stage.users.filter((user) => user.debt.some(([s]) => user.collateral.some(([t]) => t === s)))
    if (users.length === 0) return []
    const user = scene.pick(users)
    const symbol = user.debt.find(([s]) => user.collateral.some(([t]) => t === s))?.[0] ?? 'WETH'
    const args = [stage.tokens[symbol].address, scene.amount(symbol, 5_000), VARIABLE]
    return [scene.call(user.account, stage.pool, 'repayWithATokens', args)]
  },
  delegatedLoan: (scene) => {
    const { stage, user } = scene.user()
    const friend = scene.pick(stage.users).account
    const symbol = scene.listed(true)
    const amount = scene.amount(symbol, 200)
    const args = [stage.tokens[symbol].address, amount, VARIABLE, 0, user.account]
    return [
      scene.call(user.account, stage.debtTokens[symbol], 'approveDelegation', [friend, amount]),
      scene.call(friend, stage.pool, 'borrow', args),
    ]
  },
  newcomer,
  liquidation,
}

const part = (scene: Scene, held: bigint): bigint => (held * BigInt(1 + scene.below(200))) / 1_000n

/** Somebody whom nobody knew supplies and borrows in one block. */
function newcomer(scene: Scene): readonly Call[] {
  const stage = scene.stage()
  const name = `newcomer ${scene.random.next()}`
  const account = toAddress(`0x${keccak256(toUtf8Bytes(name)).slice(-40)}`)
  const user: PositionPlan = {
    ...{ account, market: stage.version, shape: 'newcomer', special: null, eMode: 0, healthBps: 0, whileHigh: false },
    collateral: [['WETH', 4n * ONE]],
    debt: [['USDC', 3_000n * 10n ** 6n]],
  }
  stage.users.push(user)
  return [
    scene.rule(stage.pool, 'supply', [stage.tokens.WETH.address, 4n * ONE, account, 0]),
    scene.call(account, stage.pool, 'borrow', [
      ...[stage.tokens.USDC.address, BigInt(1 + scene.below(3_000_000_000)), VARIABLE, 0, account],
    ]),
  ]
}

/** Another liquidator is faster: some of one debt, or as much as the contract allows. */
async function liquidation(scene: Scene): Promise<readonly Call[]> {
  const stage = scene.stage()
  const looked = Array.from({ length: LOOKED_AT }, () => scene.pick(stage.users))
  const health = await Promise.all(looked.map((user) => healthFactor(scene, stage, user)))
  const user = looked.find((_, i) => (health[i] ?? ONE) < ONE)
  if (!user) return []
  const [collateral] = scene.pick(user.collateral)
  const [debt, owed] = scene.pick(user.debt)
  const cover = scene.chance(0.5) ? MAX_UINT : (owed * BigInt(1 + scene.below(500))) / 1_000n
  const assets = [stage.tokens[collateral].address, stage.tokens[debt].address]
  return [scene.rule(stage.pool, 'liquidationCall', [...assets, user.account, cover, scene.chance(0.3)])]
}

async function healthFactor({ devnet }: Scene, { pool }: Stage, { account }: PositionPlan): Promise<bigint> {
  const answer = await devnet.ground.admin.read(pool, 'getUserAccountData', [account])
  return answer[5] as bigint
}
