import { Interface } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { RAY, WAD } from '../../domain/maths.js'
import { ownContract } from '../artifacts/own-contracts.js'
import type { Contract, Deployer } from '../deployer.js'
import type { Geb } from './deploy.js'

export interface AgentPlan {
  readonly owner: Address
  readonly operators: readonly Address[]
  readonly router: Contract
  readonly native: Address
  /** Whole coins that may leave in one run and in one day; protocol tokens likewise. */
  readonly coins: readonly [bigint, bigint]
  readonly tokens: readonly [bigint, bigint]
  /** Least wei of the native token per whole protocol token. */
  readonly floorWei: bigint
}

const selector = (abi: Interface, name: string): Hex => (abi.getFunction(name)?.selector ?? '0x') as Hex
const balanceOf = (agent: Address): Hex => `0x70a08231${agent.slice(2).padStart(64, '0')}`

/**
 * Deploys an agent and sets everything its owner has to: operators, functions with the arguments that must be the agent,
 * rights inside the SAFE engine, approvals, and limits for coin, protocol token and the native token.
 */
export async function deployAgent(on: Deployer, geb: Geb, plan: AgentPlan): Promise<Contract> {
  const { owner } = plan
  const agent = await on.deploy(ownContract('AuctionAgent'), [owner, plan.operators])
  const send = (method: string, args: readonly unknown[]) => on.send(agent, method, args, { from: owner })
  const allow = (to: Contract, name: string, selfArguments: bigint) =>
    send('setCall', [to.address, selector(to.abi, name), true, selfArguments])
  for (const name of ['decreaseSoldAmount', 'settleAuction', 'restartAuction', 'terminateAuctionPrematurely'])
    await allow(geb.debtAuctionHouse, name, 0n)
  for (const name of ['popDebtFromQueue', 'auctionDebt', 'settleDebt']) await allow(geb.accountingEngine, name, 0n)
  await allow(geb.coinJoin, 'join', 1n)
  await allow(geb.coinJoin, 'exit', 1n)
  await allow(geb.collateralJoin, 'exit', 1n)
  await allow(geb.collateralAuctionHouse, 'buyCollateral', 0n)
  await allow(geb.liquidationEngine, 'liquidateSAFE', 0n)
  await allow(geb.oracleRelayer, 'updateCollateralPrice', 0n)
  await allow(geb.delayedOracle, 'updateResult', 0n)
  await allow(plan.router, 'exactInputSingle', 1n << 3n)
  for (const house of [geb.debtAuctionHouse, geb.collateralAuctionHouse, geb.coinJoin])
    await send('asOwner', [
      ...[geb.safeEngine.address, geb.safeEngine.abi.encodeFunctionData('approveSAFEModification', [house.address])],
    ])
  await setHoldings(on, geb, agent, plan)
  const most = 2n ** 256n - 1n
  await send('approve', [geb.coin.address, geb.coinJoin.address, most])
  await send('approve', [geb.protocolToken.address, plan.router.address, most])
  return agent
}

async function setHoldings(on: Deployer, geb: Geb, agent: Contract, plan: AgentPlan): Promise<void> {
  const internal = geb.safeEngine.abi.encodeFunctionData('coinBalance', [agent.address])
  const add = (
    pots: readonly unknown[],
    [perRun, perDay]: readonly [bigint, bigint],
    floor: readonly [bigint, bigint],
  ) => on.send(agent, 'addHolding', [[pots, perRun, perDay, ...floor]], { from: plan.owner })
  const wallet = (token: Address, scale: bigint) => [token, balanceOf(agent.address), scale]
  const none: readonly [bigint, bigint] = [0n, 0n]
  await add([wallet(plan.native, 1n)], none, none)
  const coins: readonly [bigint, bigint] = [plan.coins[0] * WAD * RAY, plan.coins[1] * WAD * RAY]
  await add([wallet(geb.coin.address, RAY), [geb.safeEngine.address, internal, 1n]], coins, none)
  const tokens: readonly [bigint, bigint] = [plan.tokens[0] * WAD, plan.tokens[1] * WAD]
  await add([wallet(geb.protocolToken.address, 1n)], tokens, [0n, plan.floorWei])
}
