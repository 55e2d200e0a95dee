import { readAgent } from '../auctions/agent.js'
import type { DecisionRow, Opinion } from '../auctions/insurance.js'
import type { Head } from '../domain/chain.js'
import type { LegRecord } from '../execution/records.js'
import type { AttemptRow } from '../ledger/ledger.js'
import { valuationOf } from '../profit/valuation.js'
import type { ChainAccess } from './chain-access.js'
import { AuctionDesk } from './keeper/auctions/auction-desk.js'
import type { AuctionMeans } from './keeper/auctions/dry-agent.js'
import { SceneReader, type AuctionMarket } from './keeper/auctions/market-scene.js'
import { RunTrials } from './keeper/auctions/run-trials.js'
import { horizonOf } from './keeper/horizon.js'
import { replicas } from './replicas.js'

/**
 * What the agent of `means` would decide at `head`, auction by auction, as a keeper would that had looked at this block
 * alone: collateral is weighed as bought with its own coins. Reads the market for the price of the native token.
 */
export async function decisionsNow(
  access: ChainAccess,
  market: AuctionMarket,
  { settings, reader }: AuctionMeans,
  head: Head,
): Promise<Opinion['decision']> {
  const { chain } = access.file
  const agent = settings.auctionAgent
  const [indexer] = await replicas(access, [market.known], settings.dataDir)
  if (agent === null || indexer === undefined) return () => null
  const { holdings } = await readAgent(reader, agent, [], head.number)
  const { strategy, replica } = indexer
  const view = replica.book.view(head.number, head.timestamp)
  const desk = new AuctionDesk({
    scenes: new SceneReader(market, { reader, chain, agent, holdings, confirmations: 0 }),
    ...{ chain, settings, agent, lent: false, trials: new RunTrials(market.known.market.id) },
    lossLeftUsd8: () => (settings.mode === 'backstop' ? settings.backstopDailyLossUsd8 : 0n),
    told: () => false,
  })
  const valuation = valuationOf(strategy.reserves(replica.state), view, chain.wrappedNative)
  const { round } = await desk.at(head, horizonOf(head, chain, settings), valuation, [], replica.state)
  const notes = new Map(round.notes.map(({ name, decision }) => [name, decision]))
  return (name) => {
    const decision = notes.get(name)
    if (decision === undefined) return null
    if (decision.act !== 'bid') return { act: 'not', why: decision.why, block: head.number }
    const { terms, expected } = decision
    return { act: 'bid', why: `would pay ${terms.pay} for ${terms.get} and earn ${expected}`, block: head.number }
  }
}

/** What the ledger is asked for. */
interface Told {
  report(): { readonly attemptRows: readonly Pick<AttemptRow, 'legs' | 'outcome' | 'targetBlock'>[] }
  lastRefusal(market: string, position: string): { readonly detail: string; readonly lastBlock: number } | null
}

/** By the ledger: the newest of what was sent for an auction or a position and of why nothing was. */
export function decisionsTold(ledger: Told, market: string): Opinion['decision'] {
  const { attemptRows: attempts } = ledger.report()
  return (name): DecisionRow | null => {
    // markets may call their positions alike (two Comets that sell the same collateral)
    const isIt = (leg: LegRecord): boolean => leg.market === market && leg.position === name
    const sent = attempts.findLast(({ legs }) => legs.some(isIt))
    const leg = sent?.legs.find(isIt)
    const no = ledger.lastRefusal(market, name)
    if (sent !== undefined && leg !== undefined && (no === null || no.lastBlock < sent.targetBlock))
      return { act: 'bid', why: `${leg.route}: ${sent.outcome}`, block: sent.targetBlock }
    return no === null ? null : { act: 'not', why: no.detail, block: no.lastBlock }
  }
}
