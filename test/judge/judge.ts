import { Interface } from 'ethers'
import { Chain, erc20Abi, factoryAbi, oracleAbi, poolAbi } from './chain.js'

/** What the judge is told: where the market is and what the keeper was asked to earn. No figure of the keeper's. */
export interface Case {
  readonly rpcUrl: string
  readonly pool: string
  readonly oracle: string
  readonly profitToken: string
  readonly uniswapFactory: string
  readonly fees: readonly number[]
  readonly hops: readonly string[]
  readonly minProfitUsd: number
  readonly bidBps: number
  /** Runtime code of JudgeLiquidator. */
  readonly code: string
}

export interface Best {
  readonly position: string
  readonly healthFactor: string
  readonly collateral: string
  readonly debt: string
  readonly quarters: number
  /** Gain in the profit token, less gas at the block's base fee and bid, in wei; negative when nothing pays. */
  readonly netWei: string
  readonly netUsd: number
}

export interface Verdict {
  readonly block: number
  readonly liquidatable: number
  readonly profitableLeft: number
  /** Debt that no collateral covers plus the deficits the reserves already carry, base currency. */
  readonly badDebtBase: string
  readonly best: readonly Best[]
}

interface Reserve {
  readonly asset: string
  readonly aToken: string
  readonly debtToken: string
  readonly unit: bigint
  readonly price: bigint
}

interface Hop {
  readonly pool: string
  readonly tokenIn: string
  readonly zeroForOne: boolean
}

const runAbi = new Interface([
  'function run(address pool, address collateral, address debt, address user, uint256 amount, (address pool, address tokenIn, bool zeroForOne)[] exit, (address pool, address tokenIn, bool zeroForOne)[] home) returns (uint256)',
])
const SELF = '0x00000000000000000000000000000000004a5564'
const WAD = 10n ** 18n
const ZERO = '0x0000000000000000000000000000000000000000'

/**
 * Every borrower with HF < 1, every (collateral, debt) pair, a quarter to all of the debt, every route of at most two
 * hops: liquidated for real by the judge's own contract in a simulation on top of the newest block.
 */
export async function judge(it: Case): Promise<Verdict> {
  const chain = new Chain(it.rpcUrl)
  const head = await chain.rpc<{ number: string; baseFeePerGas: string }>('eth_getBlockByNumber', ['latest', false])
  const court = new Court(chain, it, head.number, BigInt(head.baseFeePerGas))
  const reserves = await court.reserves()
  const best: Best[] = []
  let badDebt = await court.deficits(reserves)
  for (const borrower of await court.borrowers()) {
    const account = await chain.view(poolAbi, it.pool, 'getUserAccountData', [borrower], head.number)
    if (account === null) throw new Error(`judge: getUserAccountData(${borrower}) failed`)
    const [collateral, debt, , , , healthFactor] = account as bigint[]
    if (collateral === undefined || debt === undefined || healthFactor === undefined)
      throw new Error('judge: short answer')
    if (debt > collateral) badDebt += debt - collateral
    if (healthFactor < WAD) best.push(await court.best(borrower, healthFactor, reserves))
  }
  return {
    block: Number(head.number),
    liquidatable: best.length,
    profitableLeft: best.filter((b) => b.netUsd > it.minProfitUsd).length,
    badDebtBase: badDebt.toString(),
    best,
  }
}

class Court {
  private readonly pools = new Map<string, Promise<string[]>>()

  constructor(
    private readonly chain: Chain,
    private readonly it: Case,
    private readonly block: string,
    private readonly baseFee: bigint,
  ) {}

  async borrowers(): Promise<string[]> {
    const topic = poolAbi.getEvent('Borrow')?.topicHash
    const logs = await this.chain.rpc<{ topics: string[] }[]>('eth_getLogs', [
      { address: this.it.pool, topics: [topic], fromBlock: '0x0', toBlock: this.block },
    ])
    return [...new Set(logs.map((log) => `0x${(log.topics[2] ?? '').slice(26)}`))]
  }

  async reserves(): Promise<Reserve[]> {
    const list = await this.chain.view(poolAbi, this.it.pool, 'getReservesList', [], this.block)
    const found: Reserve[] = []
    for (const asset of (list?.[0] ?? []) as string[]) {
      const data = await this.chain.view(poolAbi, this.it.pool, 'getReserveData', [asset], this.block)
      const decimals = await this.chain.view(erc20Abi, asset, 'decimals', [], this.block)
      const price = await this.chain.view(oracleAbi, this.it.oracle, 'getAssetPrice', [asset], this.block)
      if (data === null || decimals === null || price === null) throw new Error(`judge: cannot read reserve ${asset}`)
      const { aToken, variableDebtToken } = data[0] as { aToken: string; variableDebtToken: string }
      found.push({
        asset,
        aToken,
        debtToken: variableDebtToken,
        unit: 10n ** (decimals[0] as bigint),
        price: price[0] as bigint,
      })
    }
    return found
  }

  /** Deficits of the reserves in base currency; markets older than 3.3 have none to read. */
  async deficits(reserves: readonly Reserve[]): Promise<bigint> {
    let sum = 0n
    for (const { asset, price, unit } of reserves) {
      const answer = await this.chain.view(poolAbi, this.it.pool, 'getReserveDeficit', [asset], this.block)
      sum += (((answer?.[0] as bigint | undefined) ?? 0n) * price) / unit
    }
    return sum
  }

  async best(position: string, healthFactor: bigint, reserves: readonly Reserve[]): Promise<Best> {
    let best = { collateral: '', debt: '', quarters: 0, netWei: -(2n ** 255n) }
    for (const debt of reserves) {
      const owed = await this.balance(debt.debtToken, position)
      if (owed === 0n) continue
      for (const collateral of reserves) {
        if ((await this.balance(collateral.aToken, position)) === 0n) continue
        for (let quarters = 1; quarters <= 4; quarters++) {
          // all of the debt: a little more than is owed now, the pool takes what is owed
          const amount = quarters === 4 ? owed + owed / 1000n + 1n : (owed * BigInt(quarters)) / 4n
          const netWei = await this.net(position, collateral, debt, amount)
          if (netWei > best.netWei) best = { collateral: collateral.asset, debt: debt.asset, quarters, netWei }
        }
      }
    }
    const weth = reserves.find((r) => r.asset.toLowerCase() === this.it.profitToken.toLowerCase())
    if (weth === undefined) throw new Error('judge: the profit token is no reserve of the market')
    const netUsd = Number((best.netWei * weth.price) / weth.unit) / 1e8
    return { ...best, position, healthFactor: healthFactor.toString(), netWei: best.netWei.toString(), netUsd }
  }

  /** Best net over all routes for one amount; hugely negative when the pool refuses it or nothing can be sold. */
  private async net(user: string, collateral: Reserve, debt: Reserve, amount: bigint): Promise<bigint> {
    let best = -(2n ** 255n)
    const exits = collateral === debt ? [[]] : await this.routes(collateral.asset, debt.asset)
    const isHome = debt.asset.toLowerCase() === this.it.profitToken.toLowerCase()
    const homes = isHome ? [[]] : await this.routes(debt.asset, this.it.profitToken)
    for (const exit of exits) {
      for (const home of homes) {
        const args = [this.it.pool, collateral.asset, debt.asset, user, amount, exit, home]
        const fund = erc20Abi.encodeFunctionData('transfer', [SELF, amount])
        const [funded, ran] = await this.chain.simulate(
          [
            { from: debt.aToken, to: debt.asset, data: fund },
            { from: ZERO, to: SELF, data: runAbi.encodeFunctionData('run', args) },
          ],
          this.block,
          { [SELF]: { code: this.it.code } },
        )
        if (funded?.status !== '0x1') throw new Error(`judge: ${debt.aToken} cannot lend ${amount} of ${debt.asset}`)
        if (ran?.status !== '0x1') continue
        const gain = runAbi.decodeFunctionResult('run', ran.returnData)[0] as bigint
        const net = gain - (gain * BigInt(this.it.bidBps)) / 10_000n - BigInt(ran.gasUsed) * this.baseFee
        if (net > best) best = net
      }
    }
    return best
  }

  private async balance(token: string, account: string): Promise<bigint> {
    const answer = await this.chain.view(erc20Abi, token, 'balanceOf', [account], this.block)
    return (answer?.[0] as bigint | undefined) ?? 0n
  }

  /** All routes of one or two hops over the fee tiers. */
  private async routes(from: string, to: string): Promise<Hop[][]> {
    const direct = (await this.poolsOf(from, to)).map((pool) => [hop(pool, from, to)])
    const through: Hop[][] = []
    for (const middle of this.it.hops) {
      if ([from, to].some((end) => end.toLowerCase() === middle.toLowerCase())) continue
      for (const first of await this.poolsOf(from, middle))
        for (const second of await this.poolsOf(middle, to))
          through.push([hop(first, from, middle), hop(second, middle, to)])
    }
    return [...direct, ...through]
  }

  private poolsOf(a: string, b: string): Promise<string[]> {
    const key = [a, b]
      .map((x) => x.toLowerCase())
      .sort()
      .join()
    let pools = this.pools.get(key)
    if (pools === undefined) this.pools.set(key, (pools = this.findPools(a, b)))
    return pools
  }

  private async findPools(a: string, b: string): Promise<string[]> {
    const answers = await Promise.all(
      this.it.fees.map((fee) =>
        this.chain.view(factoryAbi, this.it.uniswapFactory, 'getPool', [a, b, fee], this.block),
      ),
    )
    return answers.map((answer) => (answer?.[0] as string | undefined) ?? ZERO).filter((pool) => pool !== ZERO)
  }
}

const hop = (pool: string, tokenIn: string, tokenOut: string): Hop => ({
  pool,
  tokenIn,
  zeroForOne: tokenIn.toLowerCase() < tokenOut.toLowerCase(),
})
