import type { Auction } from './relay.js'

/** Fields of `eth_sendBundle` beside `txs` and `blockNumber` that we have something to say in. */
export type OptionalField = 'maxTimestamp' | 'replacementUuid' | 'replacementSeqNumber'

/** What one builder documents. An unknown field may reject the whole request, so nothing else is ever sent to it. */
export interface Profile {
  readonly name: string
  readonly hosts: readonly RegExp[]
  readonly fields: ReadonlySet<OptionalField>
  /** `eth_cancelBundle` by uuid. */
  readonly cancels: boolean
  readonly auctions: readonly Auction[]
}

const fields = (...names: readonly OptionalField[]): ReadonlySet<OptionalField> => new Set(names)

/**
 * The builders that document more than the common two fields. Refund fields are left out everywhere: a refund is a bonus
 * that must not decide anything, and one builder drops a bundle for a percentage without a recipient.
 */
const NAMED: readonly Profile[] = [
  {
    name: 'flashbots',
    hosts: [/^relay(-sepolia)?\.flashbots\.net$/],
    fields: fields('maxTimestamp', 'replacementUuid'),
    cancels: true,
    auctions: ['mev-share'],
  },
  {
    name: 'buildernet',
    hosts: [/\.buildernet\.org$/],
    fields: fields('maxTimestamp', 'replacementUuid'),
    cancels: true,
    auctions: [],
  },
  {
    name: 'titan',
    hosts: [/(^|\.)rpc\.titanbuilder\.xyz$/],
    fields: fields('replacementUuid'),
    cancels: true,
    auctions: [],
  },
  {
    name: 'quasar',
    hosts: [/^rpc\.quasar\.win$/],
    fields: fields('replacementUuid', 'replacementSeqNumber'),
    cancels: true,
    auctions: [],
  },
]
/** Relays on this machine: replacement, and no auction. */
const LOCAL: Profile = { name: 'local', hosts: [], fields: fields('replacementUuid'), cancels: true, auctions: [] }
/** Anybody else: many drop bundles that carry a replacement uuid. */
const PLAIN: Profile = { name: 'plain', hosts: [], fields: fields(), cancels: false, auctions: [] }

/** What is known of the builder at this host; the least that all understand where nothing is. */
export const profileOf = (hostname: string, isLocal: boolean): Profile =>
  NAMED.find(({ hosts }) => hosts.some((host) => host.test(hostname))) ?? (isLocal ? LOCAL : PLAIN)

/** The profile that an endpoint names itself (`https://host/path#titan`), or undefined. */
export const profileNamed = (name: string): Profile | undefined =>
  [...NAMED, LOCAL, PLAIN].find((one) => one.name === name)

export const PROFILE_NAMES: readonly string[] = [...NAMED, LOCAL, PLAIN].map(({ name }) => name)
