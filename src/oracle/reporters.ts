import { AbiCoder, Interface } from 'ethers'
import { CHAINLINK_REPORTERS } from '../../abis/chainlink-reporters.js'
import { toAddress, type Address, type CallRequest, type CallResult, type Hex, type Reader } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import type { Report } from './report.js'

export interface ReportersOptions {
  readonly reader: Pick<Reader, 'calls'>
  /** The newest block. */
  readonly block: () => Promise<number>
  /** The aggregators whose reports matter. */
  readonly aggregators: () => ReadonlySet<Address>
  readonly logger: Logger
  readonly now?: () => number
}

const functions = new Interface(CHAINLINK_REPORTERS)
const ask = (to: Address, name: string): CallRequest => ({ to, data: functions.encodeFunctionData(name) as Hex })
const MOST_NAMES = 128
const OLD_MS = 600_000
/** Strangers can make us look again only so often. */
const LEAST_PAUSE_MS = 30_000
const RETRY_MS = 2_000

/**
 * Whose reports an aggregator takes, read from the aggregators and the forwarders themselves: anybody can send calldata
 * that looks like a report. A contract that does not say is believed: a bundle behind a false report lands nothing.
 */
export class Reporters {
  private transmitters = new Map<Address, ReadonlySet<Address> | null>()
  private senders = new Map<Address, ReadonlySet<Address> | null>()
  private readAtMs = Number.NEGATIVE_INFINITY
  private reading: Promise<void> | null = null
  private readonly now: () => number

  constructor(private readonly options: ReportersOptions) {
    this.now = options.now ?? Date.now
  }

  /** Whether the report is from one of them. `sender` null: not known, its forwarder must do. Never rejects. */
  vet(report: Report, sender: Address | null): boolean | Promise<boolean> {
    const age = this.now() - this.readAtMs
    if (age > OLD_MS && this.readAtMs > 0) void this.refresh()
    if (this.allows(report, sender)) return true
    // a feed that is new here was not asked about yet
    if (age < (this.transmitters.has(report.aggregator) ? LEAST_PAUSE_MS : RETRY_MS)) return false
    return this.refresh().then(() => this.allows(report, sender))
  }

  /** Reads all lists. Never rejects: what could not be read stays as it was. */
  refresh(): Promise<void> {
    this.reading ??= this.read()
      .catch((error: unknown) => {
        this.options.logger.warn('reporters', { problem: messageOf(error), next: 'the lists read before count' })
      })
      .finally(() => {
        this.readAtMs = this.now()
        this.reading = null
      })
    return this.reading
  }

  private allows({ aggregator, forwarder }: Report, sender: Address | null): boolean {
    const transmitters = this.transmitters.get(aggregator)
    if (transmitters === undefined) return false
    if (transmitters !== null && !transmitters.has(forwarder) && !(forwarder === aggregator && sender !== null))
      return false
    if (sender === null) return true
    if (forwarder === aggregator) return transmitters === null || transmitters.has(sender)
    const senders = this.senders.get(forwarder)
    return senders === undefined || senders === null || senders.has(sender)
  }

  private async read(): Promise<void> {
    const { reader, block: newest, aggregators } = this.options
    const [block, all] = [await newest(), [...aggregators()]]
    const named = await reader.calls(
      all.flatMap((aggregator) => [ask(aggregator, 'getTransmitters'), ask(aggregator, 'transmitters')]),
      block,
    )
    const transmitters = new Map(
      all.map((aggregator, i) => [aggregator, listOf(named[2 * i]) ?? listOf(named[2 * i + 1])] as const),
    )
    const forwarders = [...new Set([...transmitters.values()].flatMap((list) => [...(list ?? [])]))]
    const keys = await reader.calls(
      forwarders.map((forwarder) => ask(forwarder, 'getAuthorizedSenders')),
      block,
    )
    this.transmitters = transmitters
    this.senders = new Map(forwarders.map((forwarder, i) => [forwarder, listOf(keys[i])]))
  }
}

/** A list of addresses; null when the call gave none. */
function listOf(result: CallResult | undefined): ReadonlySet<Address> | null {
  if (!result?.ok || result.data.length < 130 || result.data.length > 2 + 64 * (MOST_NAMES + 2)) return null
  try {
    const [list] = AbiCoder.defaultAbiCoder().decode(['address[]'], result.data)
    const addresses = (list as string[]).map(toAddress)
    return addresses.length === 0 ? null : new Set(addresses)
  } catch {
    // not a list: the contract has another function under this selector
    return null
  }
}
