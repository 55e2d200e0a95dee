import type { Address } from '../domain/chain.js'
import { bidsOf, learn, type Contest, type Level } from '../execution/bids/learn.js'
import type { LedgerReport, TokenName } from '../ledger/ledger.js'
import { relayCounts, type RelayCounts } from './relay-counts.js'
import { table } from './screen.js'

export interface BidsView {
  readonly baseBps: number
  readonly maxBps: number
  readonly assets: readonly { readonly asset: Address; readonly symbol: string; readonly bidBps: number }[]
  readonly builders: readonly Level[]
  readonly contests: readonly Contest[]
  readonly relays: readonly RelayCounts[]
}

const symbolOf = (tokens: ReadonlyMap<Address, TokenName>, asset: Address): string =>
  tokens.get(asset)?.symbol ?? `${asset.slice(0, 6)}…${asset.slice(-4)}`

/** Everything that explains the bids, from the ledger alone. Pure. */
export function bidsView(
  contests: readonly Contest[],
  report: Pick<LedgerReport, 'attemptRows' | 'tokens'>,
  limits: { readonly baseBps: number; readonly maxBps: number; readonly leastBps?: number | null },
): BidsView {
  const builders = learn(contests, limits)
  const assets = [...bidsOf(builders)].map(([asset, bidBps]) => ({
    ...{ asset, bidBps },
    symbol: symbolOf(report.tokens, asset),
  }))
  return { ...limits, assets, builders, contests, relays: relayCounts(report.attemptRows) }
}

const percent = (bps: number | null): string => (bps === null ? '–' : `${(bps / 100).toFixed(2)} %`)

/** As people read it. */
export function bidsText(view: BidsView, tokens: ReadonlyMap<Address, TokenName>): string[] {
  const { baseBps, maxBps, assets, builders, contests, relays } = view
  const lines = [
    `The settings bid ${percent(baseBps)} of the gain, at most ${percent(maxBps)}. Where blocks were won or lost with a bid,`,
    'it follows them: 1 % above a price that beat us (5 % where the price is not known), 0.25 % less after each block won.',
  ]
  if (contests.length === 0) lines.push('', 'Nothing was won or lost yet: every bid is that of the settings.')
  if (assets.length > 0) {
    lines.push('', 'Bid per asset: the least that satisfies the builders of four fifths of its contested blocks')
    lines.push(
      ...table(
        ['asset', 'bid'],
        assets.map(({ symbol, bidBps }) => [symbol, percent(bidBps)]),
      ),
    )
  }
  if (builders.length > 0) {
    const rows = builders.map((one) => [
      ...[symbolOf(tokens, one.asset), one.builder.slice(0, 42), one.won, one.lost],
      ...[percent(one.highestPriceBps), percent(one.bps)],
    ])
    lines.push('', 'What each builder taught')
    lines.push(...table(['asset', 'builder', 'won', 'lost', 'highest price', 'bid'], rows))
  }
  if (relays.length > 0) {
    const rows = relays.map((one) => [
      ...[one.relay, one.sent, one.accepted, one.rejected, one.rateLimited, one.unknown, one.landed],
    ])
    lines.push('', 'Relays (landed: accepted bundles whose transaction landed, whoever built the block)')
    lines.push(...table(['relay', 'sent', 'accepted', 'rejected', 'limited', 'unknown', 'landed'], rows))
  }
  return lines
}
