import { encodeSale } from '../../../auctions/sale-call.js'
import { saleOf } from '../../../auctions/inventory.js'
import { planRound, type Action, type Round } from '../../../auctions/round.js'
import type { AgentCall } from '../../../auctions/venue.js'
import type { ChainConfig } from '../../../config/market-file.js'
import type { Settings } from '../../../config/settings.js'
import { dearestBaseFee } from '../../../domain/base-fee.js'
import type { Address, Head } from '../../../domain/chain.js'
import { WAD, maxOf, minOf } from '../../../domain/maths.js'
import type { Token } from '../../../domain/market.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import { refuse, type PositionRefusal } from '../../../domain/refusal.js'
import type { MarketState, Opening } from '../../../domain/strategy.js'
import type { Valuation } from '../../../profit/valuation.js'
import type { Horizon } from '../market-watch.js'
import { TRANSACTION_GAS, agentOpportunity, type AgentLeg } from './agent-opportunity.js'
import type { Scene, SceneReader } from './market-scene.js'
import { openingLegs, type OpenedLegs } from './opening-legs.js'
import { pokeLeg, pokedLegs, pokesAt } from './poke-legs.js'

export interface DeskOptions {
  readonly scenes: SceneReader
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly agent: Address
  /** Whether what one transaction can buy is paid with a loan, by the executor. */
  readonly lent: boolean
  /** What backstop mode may still lose on a UTC day (`2026-11-21`), USD with 8 decimals; zero in profit mode. */
  readonly lossLeftUsd8: (day: string) => bigint
}

/** What one block brought: the round as it was decided, and the transaction that comes of it, if any. */
export interface DeskAnswer {
  readonly scene: Scene
  readonly round: Round
  readonly opportunity: Opportunity | null
  /** Why nothing was sold. */
  readonly unsold: string | null
  /** In backstop mode: a price to be told to the protocol, or why it is not. */
  readonly upkeep: Opportunity | PositionRefusal | null
}

const SALE_GAS = 160_000n
const TOLERANCE_BPS = 100n
const ETHER = 'native token'

/** One market's auctions: from what the chain says at a block to at most one transaction for the next. */
export class AuctionDesk {
  constructor(private readonly options: DeskOptions) {}

  get market(): string {
    return this.options.scenes.market.known.market.id
  }

  /** What there is at a block, without deciding anything. */
  scene(head: Head): Promise<Scene> {
    return this.options.scenes.at(head, head.timestamp)
  }

  /** `found`: liquidations that would open an auction; `state`: whom a new price would make liquidatable is asked of it. */
  async at(
    head: Head,
    horizon: Horizon,
    valuation: Valuation,
    found: readonly Opening[],
    state: MarketState,
  ): Promise<DeskAnswer> {
    const scene = await this.options.scenes.at(head, horizon.timestamp)
    const fees = this.fees(head)
    const input = this.input(scene, horizon, fees, valuation)
    const round = planRound(input)
    if (round.actions.length > 0) {
      const legs = this.legs(round, scene, valuation, fees.baseFeeWei + fees.tipWei)
      const opportunity = this.run(scene, horizon, fees, valuation, legs, [
        ...round.actions.filter(({ kind }) => kind === 'settle').flatMap(({ calls }) => calls),
        ...this.join(scene, round),
        ...round.actions.filter(({ kind }) => kind !== 'settle').flatMap(({ calls }) => calls),
      ])
      return { scene, round, opportunity, unsold: null, upkeep: null }
    }
    const sale = this.sale(scene, horizon)
    if (typeof sale === 'string') {
      // no sequencer lets a block's time be foretold to the second: there it must be past
      const t = this.options.chain.submission === 'bundle' ? horizon.timestamp : head.timestamp
      const opened = this.open(found, scene, input, t, state)
      if (opened === null) {
        const upkeep = this.upkeep(scene, horizon, fees, valuation, t)
        return { scene, round, opportunity: null, unsold: sale, upkeep }
      }
      const opportunity = this.run(scene, horizon, fees, valuation, opened.legs, opened.calls)
      return { scene, round, opportunity, unsold: sale, upkeep: null }
    }
    const opportunity = this.run(scene, horizon, fees, valuation, [sale.leg(valuation)], [sale.call])
    return { scene, round, opportunity, unsold: null, upkeep: null }
  }

  private fees(head: Head): { readonly baseFeeWei: bigint; readonly tipWei: bigint } {
    const { chain } = this.options
    return { baseFeeWei: dearestBaseFee(head, chain.submission), tipWei: BigInt(chain.minTipWei) }
  }

  private input(
    scene: Scene,
    horizon: Horizon,
    { baseFeeWei, tipWei }: { readonly baseFeeWei: bigint; readonly tipWei: bigint },
    valuation: Valuation,
  ): Parameters<typeof planRound>[0] {
    const { scenes, settings, chain, agent, lent, lossLeftUsd8 } = this.options
    const { config, refill, known } = scenes.market
    const room = scene.rooms.get(refill.payToken(known.market).address)?.room
    const inPay = (usd8: bigint): bigint => scene.exits.payFor(valuation.weiOfUsd8(usd8)) ?? 0n
    // rounded up
    const inWei = (wei: bigint): bigint => (scene.exits.payFor(wei) ?? 0n) + 1n
    const backstop = settings.mode === 'backstop'
    return {
      now: horizon.timestamp,
      us: agent,
      views: scene.views,
      capital: scene.capital,
      spendable: room === undefined ? 0n : minOf(scene.spendable, minOf(room.perRun, room.left)),
      costs: {
        gasPrice: (baseFeeWei + tipWei) * (scene.exits.payFor(WAD) ?? 0n),
        capitalBpsPerDay: config.capitalBpsPerDay,
        failBps: 0n,
        revertGas: 0n,
      },
      limits: {
        // the transaction's own gas is part of what a run loses
        minProfit: backstop
          ? inWei(TRANSACTION_GAS * (baseFeeWei + tipWei)) - inPay(lossLeftUsd8(dayOf(scene.head.timestamp)))
          : inPay(settings.minProfitUsd8),
        minProfitBps: config.minProfitBps,
        maxPerAuction: config.maxPerAuction * WAD,
        maxLocked: config.maxLocked * WAD,
        riskZBps: config.riskZBps,
      },
      policy: {
        mode: settings.mode,
        style: config.style,
        rivalMarginBps: config.rivalMarginBps,
        snipeSeconds: config.snipeSeconds,
      },
      kick: config.kick,
      lent,
      maxGas: BigInt(chain.maxTransactionGas) / 3n,
    }
  }

  private legs(round: Round, scene: Scene, valuation: Valuation, gasPriceWei: bigint): AgentLeg[] {
    return round.actions.map((action) => this.leg(action, scene, valuation, gasPriceWei))
  }

  private leg(
    { kind, name, payToken, getToken, terms, expected, gas }: Action,
    scene: Scene,
    valuation: Valuation,
    gasPriceWei: bigint,
  ): AgentLeg {
    const gain = expected < 0n ? -(scene.exits.weiOf(-expected) ?? 0n) : (scene.exits.weiOf(expected) ?? 0n)
    // expected after its gas, while the gate takes the gas from the gain: here it is added again
    const gasWei = kind === 'settle' ? 0n : gas * gasPriceWei
    return {
      ...{ name, what: kind, gas, gainWei: gain + gasWei },
      pay: {
        token: token(payToken, 'pay'),
        amount: kind === 'settle' ? 0n : terms.pay,
        price8: this.price8(payToken, scene, valuation),
      },
      get: { token: token(getToken, 'won'), amount: terms.get, price8: this.price8(getToken, scene, valuation) },
    }
  }

  /** USD with 8 decimals for one whole token, rounded down. */
  private price8(address: Address, scene: Scene, valuation: Valuation): bigint {
    const pay = this.options.scenes.market.refill.payToken(this.options.scenes.market.known.market).address
    const wei = address === pay ? scene.exits.weiOf(WAD) : scene.exits.wei(address, WAD)
    return wei === null ? 0n : valuation.usd8(wei)
  }

  /** Last of all: a liquidation that earns nothing, for the auctions that follow it; where none pays, behind a new price. */
  private open(
    found: readonly Opening[],
    scene: Scene,
    { costs, limits, spendable, now }: Parameters<typeof planRound>[0],
    t: bigint,
    state: MarketState,
  ): OpenedLegs | null {
    const { scenes, lent } = this.options
    const { market } = scenes
    const bounds = { ...limits, available: spendable, lockedNow: 0n }
    const terms = { market, costs, limits: bounds, now, need: limits.minProfit, lent }
    const opened = openingLegs(found, scene, terms)
    return opened.calls.length > 0 ? opened : pokedLegs(state, scene, t, terms, this.coin)
  }

  /** Backstop mode keeps the protocol's prices moving, as far as the day's budget goes. */
  private upkeep(
    scene: Scene,
    horizon: Horizon,
    fees: ReturnType<AuctionDesk['fees']>,
    valuation: Valuation,
    t: bigint,
  ): DeskAnswer['upkeep'] {
    const { settings, lossLeftUsd8 } = this.options
    const poke = settings.mode === 'backstop' ? pokesAt(scene, t).find(({ overdue }) => overdue) : undefined
    if (poke === undefined) return null
    const { calls, name } = poke.upkeep
    const run = this.run(scene, horizon, fees, valuation, [pokeLeg(poke, this.coin)], calls, true)
    const left = lossLeftUsd8(dayOf(scene.head.timestamp))
    if (-run.netUsd8 <= left) return run
    const why = `it would lose ${-run.netUsd8} (USD, 8 decimals), what is left of the day's budget is ${left}`
    return { ...refuse('daily-loss', why, left.toString()), market: this.market, position: name }
  }

  private get coin(): Token {
    const { refill, known } = this.options.scenes.market
    return refill.payToken(known.market)
  }

  private join({ capital }: Scene, { pay }: Round): readonly AgentCall[] {
    const { refill, known } = this.options.scenes.market
    return refill.encodeJoin(known.market, this.options.agent, maxOf(0n, pay - capital.internal))
  }

  private sale(
    scene: Scene,
    { deadline }: Horizon,
  ): { leg: (valuation: Valuation) => AgentLeg; call: AgentCall } | string {
    const { scenes, chain, agent } = this.options
    const { config } = scenes.market
    const native = chain.wrappedNative
    let why = 'nothing is held'
    for (const { token: address, held, doubt } of scene.stock) {
      if (address === native) continue
      const room = scene.rooms.get(address)?.room
      const sale = saleOf(
        {
          ...{ held, doubt, allowed: room === undefined ? 0n : minOf(room.perRun, room.left) },
          sell: (amount) => scene.exits.direct(address, native, amount)?.out ?? null,
          floor: (amount) => scene.floor(address, amount),
        },
        { onWin: config.onWin, maxImpactBps: config.maxImpactBps, toleranceBps: TOLERANCE_BPS },
      )
      if (typeof sale === 'string') {
        if (held > 0n) why = sale
        continue
      }
      const fee = scene.exits.direct(address, native, sale.amount)?.fee ?? 0
      const ends = { router: config.router, tokenIn: address, tokenOut: native, fee, recipient: agent, deadline }
      const leg = (valuation: Valuation): AgentLeg => ({
        ...{ name: `sale/${address}`, what: 'sale', gas: SALE_GAS, gainWei: sale.expected },
        pay: { token: token(address, 'won'), amount: sale.amount, price8: this.price8(address, scene, valuation) },
        get: { token: token(native, ETHER), amount: sale.expected, price8: valuation.usd8(WAD) },
      })
      return { leg, call: encodeSale({ ...ends, amountIn: sale.amount, minOut: sale.minOut }) }
    }
    return why
  }

  private run(
    { head }: Scene,
    { deadline }: Horizon,
    fees: { readonly baseFeeWei: bigint; readonly tipWei: bigint },
    valuation: Valuation,
    legs: readonly AgentLeg[],
    calls: readonly AgentCall[],
    canWait = false,
  ): Opportunity {
    const { chain, settings, agent, lossLeftUsd8 } = this.options
    return agentOpportunity({
      ...{ chainId: chain.id, market: this.market, agent, legs, calls, ...fees },
      ...{ deadlineBlock: head.number + settings.orderLifetimeBlocks, deadlineTime: deadline },
      // fees are part of the budget, so they are compared with it too
      valueWei:
        settings.mode === 'backstop' ? gains(legs) + valuation.weiOfUsd8(lossLeftUsd8(dayOf(head.timestamp))) : null,
      usd8: (wei) => valuation.usd8(wei),
      wrappedNative: chain.wrappedNative,
      ...(canWait ? { housekeeping: true } : {}),
    })
  }
}

const gains = (legs: readonly AgentLeg[]): bigint =>
  legs.reduce((sum, { gainWei }) => (gainWei > 0n ? sum + gainWei : sum), 1n)

const dayOf = (timestamp: bigint): string => new Date(Number(timestamp) * 1000).toISOString().slice(0, 10)

const token = (address: Address, symbol: string): Token => ({ address, symbol, decimals: 18 })
