import { Interface } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { executorInterface } from '../../execution/executor/interface.js'
import type { Rpc } from '../rpc.js'
import type { RivalBrief, RivalReserve } from './brief.js'
import type { RivalReport } from './ears.js'

const READS = new Interface([
  'function getUserAccountData(address) view returns (uint256, uint256, uint256, uint256, uint256, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function getAssetPrice(address) view returns (uint256)',
])
const WAD = 10n ** 18n
const GAS = '0x7a1200'

interface Call {
  readonly from?: Address
  readonly to: Address
  readonly data: Hex
}

interface Done {
  readonly status: Hex
  readonly returnData: Hex
  readonly gasUsed: Hex
}

export interface Holding {
  readonly reserve: RivalReserve
  readonly amount: bigint
  readonly value: bigint
}

/** One position below one, with all it has and owes, the largest first. */
export interface Prey {
  readonly user: Address
  readonly healthFactor: bigint
  readonly collateral: readonly Holding[]
  readonly debt: readonly Holding[]
}

export interface Trial {
  readonly grossWei: bigint
  readonly gas: bigint
}

/** The chain as it will be: at the next block's time, behind a report where there is one. By the contracts themselves. */
export class View {
  constructor(
    private readonly rpc: Rpc,
    private readonly brief: RivalBrief,
    private readonly head: { readonly number: Hex; readonly time: Hex },
    private readonly report: RivalReport | null,
  ) {}

  /** Health factors of these borrowers, exact; null when the report would not be taken. */
  async healthFactors(users: readonly Address[]): Promise<Map<Address, bigint> | null> {
    const done = await this.run(users.map((user) => this.read(this.brief.pool, 'getUserAccountData', user)))
    if (done === null) return null
    return new Map(
      users.map((user, i) => [user, BigInt(`0x${(done[i]?.returnData ?? '0x').slice(2 + 320, 2 + 384) || 'ff'}`)]),
    )
  }

  /** What positions below one hold and owe. */
  async prey(below: readonly (readonly [Address, bigint])[]): Promise<Prey[]> {
    const { reserves, oracle } = this.brief
    const prices = reserves.map(({ asset }) => this.read(oracle, 'getAssetPrice', asset))
    const balances = below.flatMap(([user]) =>
      reserves.flatMap(({ aToken, debtToken }) =>
        [aToken, debtToken].map((token) => this.read(token, 'balanceOf', user)),
      ),
    )
    const done = (await this.run([...prices, ...balances])) ?? []
    const words = done.map(({ returnData }) => BigInt(returnData === '0x' ? 0 : returnData))
    const held = (index: number): bigint => words[reserves.length + index] ?? 0n
    const sorted = (position: number, side: 0 | 1): Holding[] =>
      reserves
        .map((reserve, i) => {
          const amount = held((position * reserves.length + i) * 2 + side)
          return { reserve, amount, value: (amount * (words[i] ?? 0n)) / 10n ** BigInt(reserve.decimals) }
        })
        .filter(({ amount }) => amount > 0n)
        .sort((a, b) => Number(b.value - a.value))
    return below.map(([user, healthFactor], i) => ({
      ...{ user, healthFactor, collateral: sorted(i, 0), debt: sorted(i, 1) },
    }))
  }

  /** What an order would gain before its bid; null when it fails. */
  async trial(from: Address, data: Hex): Promise<Trial | null> {
    const [done] = (await this.run([{ from, to: this.brief.executor, data }])) ?? []
    if (done?.status !== '0x1') return null
    const [gross] = executorInterface.decodeFunctionResult('execute', done.returnData).toArray() as [bigint]
    return gross === 0n ? null : { grossWei: gross, gas: BigInt(done.gasUsed) }
  }

  private read(to: Address, name: string, argument: Address): Call {
    return { to, data: READS.encodeFunctionData(name, [argument]) as Hex }
  }

  private async run(calls: readonly Call[]): Promise<readonly Done[] | null> {
    const { report } = this
    const first = report ? [{ from: report.forwarder, to: report.aggregator, data: report.data }] : []
    const blockOverrides = { time: this.head.time, gasLimit: '0xffffffffff' }
    const all = [...first, ...calls].map((call) => ({ gas: GAS, ...call }))
    const [block] = (await this.rpc('eth_simulateV1', [
      { blockStateCalls: [{ blockOverrides, calls: all }], validation: false },
      this.head.number,
    ])) as { calls: Done[] }[]
    const done = block?.calls ?? []
    if (report !== null && done[0]?.status !== '0x1') return null
    return done.slice(first.length)
  }
}

export const isBelow = (healthFactor: bigint): boolean => healthFactor < WAD
