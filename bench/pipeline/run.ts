import { Wallet } from 'ethers'
import { ChainLink } from './chain-link.js'
import type { Described } from './messages.js'
import { Ordinary, type OrdinaryMs } from './ordinary.js'
import type { PipelineOptions } from './options.js'
import { priceOfStep } from './positions.js'
import { startSubject } from './subject.js'
import { CHAIN_ID, Run, type RunResult } from './trigger-run.js'
import { Wire } from './wire.js'

export interface Measured extends RunResult {
  readonly ordinaryMs: readonly OrdinaryMs[]
  /** What relays did not even take for a bundle. */
  readonly malformed: Readonly<Record<string, number>>
  readonly positions: number
  readonly realPositions: number
}

/** The whole measurement; stops everything it has started. */
export async function measure(options: PipelineOptions): Promise<Measured> {
  const link = await ChainLink.start(options.real)
  try {
    const described = await link.ask('describe', null)
    const authKey = Wallet.createRandom().privateKey
    const wire = new Wire({
      link,
      relayUrls: described.relayUrls,
      executor: described.executor,
      chainId: CHAIN_ID,
      authKey,
    })
    const ordinaryMs = await ordinaryWay(link, described, wire, options.ordinary)
    const subject = await startSubject(described.env, options.positions)
    try {
      const run = new Run(link, described, wire, subject)
      await run.all(options.triggers)
      const malformed = await link.ask('refused', null)
      return { ...run.result(), ordinaryMs, malformed, positions: subject.positions, realPositions: options.real }
    } finally {
      await subject.stop()
    }
  } finally {
    await link.stop()
  }
}

/** At a price that has landed and makes the first of the queue liquidatable; no block is made meanwhile. */
async function ordinaryWay(link: ChainLink, described: Described, wire: Wire, samples: number): Promise<OrdinaryMs[]> {
  const { raw } = await link.ask('transmit', String(priceOfStep(1)))
  await link.ask('block', { first: [raw] })
  const ordinary = await Ordinary.open(described, described.env, wire)
  try {
    return await ordinary.measure(samples)
  } finally {
    ordinary.close()
  }
}
