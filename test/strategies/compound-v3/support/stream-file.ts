import { recorded } from '../../../support/vectors.js'
import type { Address, BlockRef, CallRequest, Hex, RawLog, Reader } from '../../../../src/domain/chain.js'
import { wordOf } from '../../../../src/domain/abi-words.js'
import type { Market } from '../../../../src/domain/market.js'
import type { InterestConfig, RateModel } from '../../../../strategies/compound-v3/interest.js'
import { COMET_CALL, COMET_TOPIC, TOKEN_CALL } from '../../../../strategies/compound-v3/signatures.js'
import { CometState, type Config } from '../../../../strategies/compound-v3/state.js'
import { totalsOf } from './vector-file.js'

type Text<T> = {
  readonly [K in keyof T]: T[K] extends bigint ? string : T[K] extends RateModel ? Text<RateModel> : T[K]
}

interface RecordedBlock {
  readonly number: number
  readonly timestamp: string
  readonly logs: readonly {
    readonly i: number
    readonly tx: number
    readonly topics: readonly Hex[]
    readonly data: Hex
  }[]
  /** `totalsBasic`, pause flags last. */
  readonly totals: readonly string[]
  readonly baseBalance: string
  /** Collateral reserves by asset, those above zero. */
  readonly stock: Readonly<Record<string, string>>
  /** Of `users`, in order, at the end of the block. */
  readonly principals: readonly string[]
  readonly bits: readonly number[]
}

/** A random stream of acts on the contract, block by block, and its state at the end of each. */
export interface StreamFile {
  readonly commit: string
  readonly seed: number
  readonly comet: Address
  readonly config: Text<Config>
  readonly assets: readonly {
    readonly token: Address
    readonly feed: Address
    readonly decimals: number
    readonly scale: string
    readonly liquidateFactor: string
    readonly liquidationFactor: string
  }[]
  readonly users: readonly Address[]
  /** Balances of each user at the end, by asset. */
  readonly held: Readonly<Record<Address, readonly string[]>>
  readonly acts: Readonly<Record<string, number>>
  readonly blocks: readonly RecordedBlock[]
}

export const readStream = (): StreamFile => recorded('compound-v3', 'stream.json') as StreamFile

const HASH: Hex = `0x${'0'.repeat(64)}`

export const refOf = ({ number, timestamp }: RecordedBlock): BlockRef => ({
  ...{ number, hash: HASH, parentHash: HASH },
  timestamp: BigInt(timestamp),
})

export const logsOf = ({ comet }: StreamFile, { number, timestamp, logs }: RecordedBlock): RawLog[] =>
  logs.map(({ i, topics, data }) => ({
    ...{ address: comet, topics, data, logIndex: i, blockNumber: number, blockHash: HASH, transactionHash: HASH },
    timestamp: BigInt(timestamp),
  }))

const modelOf = ({ kink, slopeLow, slopeHigh, base }: Text<RateModel>): RateModel => ({
  ...{ kink: BigInt(kink), slopeLow: BigInt(slopeLow), slopeHigh: BigInt(slopeHigh), base: BigInt(base) },
})

/** The market at the end of `blocks[at]`, nobody in it yet. */
export function stateAt(file: StreamFile, at: number): CometState {
  const { config } = file
  const block = file.blocks[at]
  if (block === undefined) throw new RangeError(`no block ${String(at)}`)
  const interest: InterestConfig = {
    baseScale: BigInt(config.baseScale),
    supply: modelOf(config.supply),
    borrow: modelOf(config.borrow),
    trackingSupplySpeed: BigInt(config.trackingSupplySpeed),
    trackingBorrowSpeed: BigInt(config.trackingBorrowSpeed),
    minForRewards: BigInt(config.minForRewards),
  }
  const market: Market = {
    ...{ id: 'stream', strategy: 'compound-v3', chainId: 31_337, deployBlock: 0, implementationCodeHashes: [] },
    contracts: { comet: file.comet, baseToken: config.base.address },
  }
  const state = new CometState(
    market,
    {
      ...interest,
      base: config.base,
      baseFeed: config.baseFeed,
      trackingIndexScale: BigInt(config.trackingIndexScale),
      storeFrontFactor: BigInt(config.storeFrontFactor),
      targetReserves: BigInt(config.targetReserves),
    },
    totalsOf(block.totals),
  )
  state.assets = file.assets.map(({ token, feed, decimals, scale, liquidateFactor, liquidationFactor }, index) => ({
    index,
    token: { address: token, symbol: `COLL${String(index)}`, decimals },
    feed,
    scale: BigInt(scale),
    liquidateFactor: BigInt(liquidateFactor),
    liquidationFactor: BigInt(liquidationFactor),
    reserves: 0n,
  }))
  state.baseBalance = BigInt(block.baseBalance)
  state.readAt = block.number
  return state
}

/** Answers the strategy's reads of the block that is asked for, from what was recorded; `asked` counts calls by function. */
export class RecordedReader implements Reader {
  readonly asked = new Map<string, number>()
  private readonly names = new Map<string, string>()

  constructor(private readonly file: StreamFile) {
    const zero: Address = `0x${'0'.repeat(40)}`
    this.names.set(COMET_CALL.totalsBasic(zero).data.slice(0, 10), 'totalsBasic')
    this.names.set(COMET_CALL.userBasic(zero, zero).data.slice(0, 10), 'userBasic')
    this.names.set(COMET_CALL.userCollateral(zero, zero, zero).data.slice(0, 10), 'userCollateral')
    this.names.set(COMET_CALL.totalsCollateral(zero, zero).data.slice(0, 10), 'totalsCollateral')
    this.names.set(TOKEN_CALL.balanceOf(zero, zero).data.slice(0, 10), 'balanceOf')
  }

  calls(requests: readonly CallRequest[], number: number): Promise<{ ok: boolean; data: Hex }[]> {
    const block = this.file.blocks.find((one) => one.number === number)
    if (block === undefined) throw new Error(`block ${String(number)} was not recorded`)
    return Promise.resolve(requests.map((request) => ({ ok: true, data: this.answer(block, request) })))
  }

  private answer(block: RecordedBlock, { to, data }: CallRequest): Hex {
    const name = this.names.get(data.slice(0, 10)) ?? 'unknown'
    this.asked.set(name, (this.asked.get(name) ?? 0) + 1)
    const argument = (i: number): Address => `0x${data.slice(10 + 64 * i + 24, 10 + 64 * (i + 1))}`
    const words = (list: readonly (bigint | number | string)[]): Hex =>
      `0x${list.map((one) => wordOf(BigInt.asUintN(256, BigInt(one)))).join('')}`
    const { file } = this
    if (name === 'totalsBasic') return words(block.totals)
    if (name === 'balanceOf' && to === file.config.base.address) return words([block.baseBalance])
    if (name === 'balanceOf') {
      // belonging to accounts: nothing, so that what the contract holds is its reserves
      const index = file.assets.findIndex(({ token }) => token === to)
      return words([block.stock[String(index)] ?? '0'])
    }
    if (name === 'totalsCollateral') return words([0, 0])
    const user = file.users.indexOf(argument(0))
    if (name === 'userBasic') {
      const bits = block.bits[user] ?? 0
      return words([block.principals[user] ?? '0', 0, 0, bits & 0xffff, bits >> 16])
    }
    if (name === 'userCollateral') return words([this.held(argument(0), argument(1), block.number), 0])
    throw new Error(`${name} is not recorded`)
  }

  /** What the events up to a block make of a balance; at the last block it is compared with the recorded one. */
  private held(user: Address, token: Address, number: number): bigint {
    let sum = 0n
    for (const block of this.file.blocks) {
      if (block.number > number) break
      for (const { topics, data } of block.logs) {
        const [event, first, second, asset] = topics
        if (asset === undefined || `0x${asset.slice(26)}` !== token) continue
        const amount = BigInt(data.slice(0, 66))
        const [from, to] = [`0x${first?.slice(26) ?? ''}`, `0x${second?.slice(26) ?? ''}`]
        const { SupplyCollateral, TransferCollateral, WithdrawCollateral, AbsorbCollateral } = COMET_TOPIC
        if ((event === SupplyCollateral || event === TransferCollateral) && to === user) sum += amount
        if ((event === WithdrawCollateral || event === TransferCollateral) && from === user) sum -= amount
        if (event === AbsorbCollateral && to === user) sum -= amount
      }
    }
    return sum
  }

  logs(): Promise<RawLog[]> {
    return Promise.reject(new Error('no logs are read'))
  }

  code(): Promise<Hex> {
    return Promise.reject(new Error('no code is read'))
  }

  storage(): Promise<Hex> {
    return Promise.reject(new Error('no storage is read'))
  }
}
