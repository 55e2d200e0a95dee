import type { AaveMarket, AaveVersion } from '../../../../src/devnet/aave/market.js'
import { DECIMALS, LISTINGS, OPENING_PRICES, SYMBOLS, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import type { Contract, Receipt } from '../../../../src/devnet/deployer.js'
import { interfaceOf } from '../../../../src/devnet/deployer.js'
import type { Devnet } from '../../../../src/devnet/devnet.js'
import { Random } from '../../../../src/devnet/positions/random.js'
import type { PositionPlan } from '../../../../src/devnet/positions/plan.js'
import { approve, mint } from '../../../../src/devnet/tokens.js'
import { toAddress, type Address, type Hex } from '../../../../src/domain/chain.js'
import { deploySpares, type Spares } from './spares.js'

/** A transaction that a random act wants. */
export interface Call {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
}

/** What an act does to the chain: a few transactions in this order; none when it makes no sense now. */
export type Act = (scene: Scene) => Promise<readonly Call[]> | readonly Call[]

/** A market as random acts use it. */
export interface Stage extends AaveMarket {
  readonly users: PositionPlan[]
  readonly aTokens: Readonly<Record<TokenSymbol, Contract>>
  readonly debtTokens: Readonly<Record<TokenSymbol, Contract>>
  /** The one in use first; governance may change it for the other. */
  readonly oracles: readonly [Contract, Contract]
}

const TOKEN = interfaceOf({
  abi: [
    { type: 'function', name: 'transfer', inputs: [{ type: 'address' }, { type: 'uint256' }] },
    { type: 'function', name: 'approveDelegation', inputs: [{ type: 'address' }, { type: 'uint256' }] },
  ],
})

/** A devnet to which random things happen, all of them drawn from one seed. Nothing but these acts makes blocks. */
export class Scene {
  readonly random: Random
  private last: PositionPlan | null = null

  private constructor(
    readonly devnet: Devnet,
    readonly stages: readonly [Stage, ...Stage[]],
    readonly spares: Spares,
    seed: number,
  ) {
    this.random = new Random(seed)
  }

  /** Opens all accounts, gives the first one funds of everything, and deploys what later takes the place of price sources. */
  static async set(devnet: Devnet, seed: number): Promise<Scene> {
    const { ground, anvil } = devnet
    await anvil.rpc('anvil_autoImpersonateAccount', [true])
    await anvil.rpc('evm_setAutomine', [true])
    for (const symbol of SYMBOLS) {
      await mint(ground.admin, ground.tokens, symbol, ground.admin.from, 10n ** BigInt(DECIMALS[symbol] + 9))
      for (const { pool } of devnet.markets)
        await approve(ground.admin, ground.tokens[symbol], ground.admin.from, pool.address)
    }
    const spares = await deploySpares(ground)
    const stages: Stage[] = []
    for (const market of devnet.markets) stages.push(await stageOf(devnet, market, spares))
    await anvil.rpc('evm_setAutomine', [false])
    const [first, ...rest] = stages
    if (!first) throw new Error('a devnet without a market')
    return new Scene(devnet, [first, ...rest], spares, seed)
  }

  get admin(): Address {
    return this.devnet.ground.admin.from
  }

  below(end: number): number {
    return Math.floor(this.random.next() * end)
  }

  chance(share: number): boolean {
    return this.random.next() < share
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)]
    if (one === undefined) throw new RangeError('nothing to pick from')
    return one
  }

  stage(version?: AaveVersion): Stage {
    return version === undefined
      ? this.pick(this.stages)
      : (this.stages.find((one) => one.version === version) ?? this.stages[0])
  }

  /** Now and then the same one as before: several acts of one account in one block. */
  user(): { readonly stage: Stage; readonly user: PositionPlan } {
    const known = this.last
    const again = known !== null && this.chance(0.3) ? known : null
    const stage = this.stage(again?.market)
    const user = again ?? this.pick(stage.users)
    this.last = user
    return { stage, user }
  }

  /** Raw units: from one unit to what `mostUsd` buys, small ones as often as large ones. */
  amount(symbol: TokenSymbol, mostUsd: number): bigint {
    const most = (mostUsd * 1e8 * 10 ** DECIMALS[symbol]) / Number(OPENING_PRICES[symbol])
    return BigInt(Math.floor(this.random.logUniform(1, Math.max(2, most))))
  }

  listed(borrowable = false): TokenSymbol {
    return this.pick(LISTINGS.filter((one) => one.borrowable || !borrowable)).symbol
  }

  call(from: Address, to: Contract, method: string, args: readonly unknown[]): Call {
    return { from, to: to.address, data: to.abi.encodeFunctionData(method, [...args]) as Hex }
  }

  /** By the administrator of everything. */
  rule(to: Contract, method: string, args: readonly unknown[]): Call {
    return this.call(this.admin, to, method, args)
  }

  async read(to: Contract, method: string, args: readonly unknown[] = []): Promise<unknown> {
    return (await this.devnet.ground.admin.read(to, method, args))[0]
  }

  /** Sends the calls, mines one block with them all, and tells which succeeded. */
  async mine(calls: readonly Call[]): Promise<boolean[]> {
    const { rpc } = this.devnet.anvil
    const hashes: unknown[] = []
    // a reorg takes back what was given before
    for (const from of new Set(calls.map((call) => call.from)))
      if (from !== this.admin) await rpc('anvil_setBalance', [from, '0x8ac7230489e80000'])
    for (const call of calls)
      hashes.push(await rpc('eth_sendTransaction', [{ ...call, gas: '0x2dc6c0', maxFeePerGas: '0x174876e800' }]))
    await rpc('evm_mine', [])
    const receipts = (await rpc('eth_getBlockReceipts', ['latest'])) as Receipt[]
    const done = new Map(receipts.map(({ transactionHash, status }) => [transactionHash as unknown, status]))
    return hashes.map((hash) => {
      const status = done.get(hash)
      if (status === undefined) throw new Error(`transaction ${String(hash)} did not get into its block`)
      return status === '0x1'
    })
  }
}

async function stageOf(devnet: Devnet, market: AaveMarket, spares: Spares): Promise<Stage> {
  const { admin } = devnet.ground
  const tokens = { aTokens: {} as Record<TokenSymbol, Contract>, debtTokens: {} as Record<TokenSymbol, Contract> }
  for (const symbol of SYMBOLS) {
    const [aToken, , debtToken] = await admin.read(market.dataProvider, 'getReserveTokensAddresses', [
      market.tokens[symbol].address,
    ])
    tokens.aTokens[symbol] = { address: toAddress(String(aToken)), abi: TOKEN }
    tokens.debtTokens[symbol] = { address: toAddress(String(debtToken)), abi: TOKEN }
  }
  const users = devnet.positions.filter((plan) => plan.market === market.version)
  return { ...market, ...tokens, users, oracles: [market.oracle, await spares.oracle(market)] }
}
