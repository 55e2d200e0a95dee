import type { BundleRecord } from '../../devnet/builder/submission.js'
import type { KeeperEvent } from '../demo/keeper-process.js'
import type { Liquidation, Tally } from './tally.js'

/** One bundle in one block: what it paid per gas at the top of the block, and why it is not on chain. */
interface Fate {
  readonly block: number
  /** It came when its block was already being made. */
  readonly isLate: boolean
  readonly outcome: string
  readonly price: string
}

interface Said {
  readonly block: number
  readonly reason: string
  readonly text: string
}

/**
 * Writes down what the keeper and the builder say while a contest goes on, and tells afterwards why a position was not the
 * keeper's: for people who look for the next thing to mend. Nothing of it counts.
 */
export class Witness {
  /** By transaction. */
  private readonly fates = new Map<string, Fate[]>()
  /** By position. */
  private readonly bundles = new Map<string, { readonly block: number; readonly transaction: string }[]>()
  private readonly refusals = new Map<string, Said[]>()

  /** A line of the keeper's log. */
  heard(event: KeeperEvent): void {
    if (event.event === 'bundle') {
      for (const place of event['positions'] as string[])
        push(this.bundles, userOf(place), {
          block: event['block'] as number,
          transaction: event['transaction'] as string,
        })
    }
    if (event.event === 'refused') {
      const reason = String(event['reason'])
      const text = `${reason}: ${String(event['detail'])}`
      push(this.refusals, userOf(String(event['position'])), { block: event['block'] as number, reason, text })
    }
  }

  /** What became of all bundles of a block. */
  built(number: number, records: readonly BundleRecord[]): void {
    const seen = new Set<string>()
    for (const { outcome, transactionHashes, simulated, bundleHash } of records) {
      if (!('blockNumber' in outcome) || outcome.blockNumber !== number || seen.has(bundleHash)) continue
      seen.add(bundleHash)
      const own = transactionHashes.at(-1) ?? ''
      const why = outcome.kind === 'dropped' ? `${outcome.reason} (${outcome.detail.slice(0, 160)})` : outcome.kind
      const of = transactionHashes.length > 1 ? ' behind a report' : ''
      const { paidWei = 0n, gasUsed = 1n } = simulated ?? {}
      push(this.fates, own, {
        block: number,
        isLate: outcome.kind === 'dropped' && outcome.reason === 'wrong-block',
        outcome: `block ${number}${of}: ${why}`,
        price: `${paidWei / 1_000_000_000n} gwei for ${gasUsed} gas = ${paidWei / gasUsed / 1_000_000n} mwei/gas`,
      })
    }
  }

  /** Of each position that somebody else has, or nobody: who took it at what price, and what became of ours. */
  losses({ liquidations, left, deeds }: Tally): string[] {
    const gains = (name: string): string =>
      deeds
        .filter(({ by }) => by === name)
        .map(({ grossWei }) => Number(grossWei / 10n ** 12n) / 1e3)
        .sort((a, b) => a - b)
        .join(' ')
    return [
      ...[...new Set(deeds.map(({ by }) => by))].map((name) => `${name} has gained (thousandths): ${gains(name)}`),
      ...liquidations.filter(({ by }) => by !== 'keeper').flatMap((one) => this.loss(one)),
      ...left.flatMap(({ user, channel, netWei }) => [
        `${user} is left (${channel}), ${netWei / 1_000_000_000n} gwei`,
        ...this.ours(user, Infinity),
      ]),
    ]
  }

  /** How many positions somebody else has, by why they were not ours: `outbid 5, below-min-profit 3`. */
  causes({ liquidations }: Tally): string {
    const counts = new Map<string, number>()
    for (const one of liquidations.filter(({ by }) => by !== 'keeper')) {
      const cause = this.causeOf(one)
      counts.set(cause, (counts.get(cause) ?? 0) + 1)
    }
    const most = [...counts].sort(([, a], [, b]) => b - a)
    return most.map(([cause, count]) => `${cause} ${count}`).join(', ') || 'none'
  }

  /** What was out for the block decides; where nothing was, what we said of the position last. */
  private causeOf({ user, block }: Liquidation): string {
    const out = (this.bundles.get(user) ?? []).filter((one) => one.block === block)
    const fates = out.flatMap(({ transaction }) => this.fates.get(transaction) ?? [])
    if (fates.some((fate) => fate.block === block && !fate.isLate)) return 'outbid'
    if (out.length > 0) return 'late'
    const said = (this.refusals.get(user) ?? []).filter((one) => one.block < block)
    return said.at(-1)?.reason ?? 'nothing said'
  }

  private loss({ by, user, block, channel, delay, transaction }: Liquidation): string[] {
    const fate = this.fates.get(transaction)?.at(-1)
    return [
      `${user} by ${by} in ${block} (${channel}, ${delay} late): ${fate?.price ?? '?'}`,
      ...this.ours(user, block),
    ]
  }

  private ours(user: string, until: number): string[] {
    const sent = (this.bundles.get(user) ?? []).filter(({ block }) => block <= until)
    const lines = sent.flatMap(({ block, transaction }) => {
      const fates = this.fates.get(transaction) ?? [{ outcome: `for block ${block}: never seen again`, price: '' }]
      return fates.map(({ outcome, price }) => `    ${outcome}; ${price}`)
    })
    const refused = (this.refusals.get(user) ?? []).filter(({ block }) => block < until)
    const said = refused.map(({ block, text }) => `    refused at ${block}: ${text.slice(0, 200)}`)
    const all = [...lines, ...said]
    return all.length === 0 ? ['    we had nothing out for it and said nothing of it'] : all
  }
}

const userOf = (place: string): string => (place.split('/').at(-1) ?? '').toLowerCase()

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}
