import type { Channel } from '../../oracle/source.js'
import type { RivalSpec } from './field.js'
import type { Tally } from './tally.js'

/** What `npm run arena -- --json` ends with. Shares are from 0 to 1; profit is in ether, gross of the bid, gas paid. */
export interface ArenaResult {
  readonly positions: number
  readonly rivals: readonly {
    readonly name: string
    readonly liquidations: number
    readonly profit: number
    /** Share of the positions worth taking that it lands when it is alone. */
    readonly alone: number
  }[]
  readonly liquidations: number
  readonly profit: number
  readonly shareOfLiquidations: number
  readonly shareOfProfit: number
  readonly sharesByChannel: Readonly<Record<Channel, number>>
  /** Of what all have kept after their bids, and what was left. */
  readonly netShare: number
  /** Of our gross gain, what went to builders. */
  readonly bidShare: number
  readonly losingTransactions: number
  readonly publicTransactions: number
  readonly meanDelayBlocks: number
  readonly badDebtBase: string
  readonly left: number
}

const CHANNELS: readonly Channel[] = ['hint', 'transmit', 'round']
const ether = (wei: bigint): number => Number(wei / 10n ** 9n) / 1e9
/** Nothing of nothing is all of it: nobody has missed anything. */
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

/** Share of the positions worth taking that a contestant landed when nobody else was there. */
export function aloneShare({ liquidations, left }: Tally): number {
  const landed = new Set(liquidations.map(({ user }) => user))
  return share(landed.size, new Set([...landed, ...left.map(({ user }) => user)]).size)
}

export function resultOf(
  it: Tally,
  positions: number,
  rivals: readonly RivalSpec[],
  alone: readonly number[],
): ArenaResult {
  const by = (name: string) => ({
    liquidations: it.liquidations.filter((one) => one.by === name),
    deeds: it.deeds.filter((one) => one.by === name),
  })
  const ours = by('keeper')
  const sum = (deeds: Tally['deeds'], pick: (deed: Tally['deeds'][number]) => bigint): number =>
    ether(deeds.reduce((total, deed) => total + pick(deed), 0n))
  const gross = (deeds: Tally['deeds']): number => sum(deeds, ({ grossWei, gasWei }) => grossWei - gasWei)
  const net = (deeds: Tally['deeds']): number =>
    sum(deeds, ({ grossWei, bidWei, gasWei }) => grossWei - bidWei - gasWei)
  const leftWei = ether(it.left.reduce((total, { netWei }) => total + netWei, 0n))
  const inChannel = (channel: Channel): number => {
    const all = [...it.liquidations, ...it.left].filter((one) => one.channel === channel).length
    return share(ours.liquidations.filter((one) => one.channel === channel).length, all)
  }
  const delays = ours.liquidations.map(({ delay }) => delay)
  return {
    positions,
    rivals: rivals.map(({ name }, i) => {
      const { liquidations, deeds } = by(name)
      return { name, liquidations: liquidations.length, profit: gross(deeds), alone: alone[i] ?? 0 }
    }),
    liquidations: ours.liquidations.length,
    profit: gross(ours.deeds),
    shareOfLiquidations: share(ours.liquidations.length, it.liquidations.length + it.left.length),
    shareOfProfit: share(gross(ours.deeds), gross(it.deeds) + leftWei),
    sharesByChannel: Object.fromEntries(CHANNELS.map((one) => [one, inChannel(one)])) as Record<Channel, number>,
    netShare: share(net(ours.deeds), net(it.deeds) + leftWei),
    bidShare: share(
      sum(ours.deeds, ({ bidWei }) => bidWei),
      sum(ours.deeds, ({ grossWei }) => grossWei),
    ),
    losingTransactions: ours.deeds.filter(({ grossWei, bidWei, gasWei }) => grossWei - bidWei < gasWei).length,
    publicTransactions: it.publicTransactions,
    meanDelayBlocks: delays.length === 0 ? 0 : delays.reduce((a, b) => a + b, 0) / delays.length,
    badDebtBase: it.badDebtBase,
    left: it.left.length,
  }
}

/** Why the arena proves nothing: rivals that are none. */
export const faultsOf = ({ rivals }: ArenaResult, leastAlone: number): string[] =>
  rivals.flatMap(({ name, liquidations, alone }) => [
    ...(alone < leastAlone ? [`${name} lands only ${(alone * 100).toFixed(0)} % when it is alone`] : []),
    ...(liquidations === 0 ? [`${name} lands nothing`] : []),
  ])
