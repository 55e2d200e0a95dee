import { createHash } from 'node:crypto'
import { z } from 'zod'
import { toAddress } from '../domain/chain.js'
import type { Hex } from '../domain/chain.js'
import { decimal } from '../domain/decimal-json.js'
import { REFUSAL_CODES } from '../domain/refusal.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from './records.js'

/** A keeper process that opened the journal. `reachBlocks`: how far past the head its deadlines can lie. */
export interface SessionRecord {
  readonly bootId: string
  readonly reachBlocks: number
  /** True while a write may have been lost with the machine and not every deadline it could have held has passed. */
  readonly quarantine: boolean
  readonly atMs: number
}

export type JournalEntry =
  | { readonly kind: 'session'; readonly session: SessionRecord }
  | { readonly kind: 'stop'; readonly atMs: number }
  | { readonly kind: 'intent'; readonly intent: IntentRecord }
  | { readonly kind: 'attempt'; readonly attempt: AttemptRecord }
  | { readonly kind: 'outcome'; readonly outcome: OutcomeRecord }

const int = z.number().int()
const big = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt)
const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/)
  .transform(toAddress)
const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]*$/.test(value), 'not lower-case hex')

const legFields = z.strictObject({
  market: z.string(),
  position: z.string(),
  collateral: address,
  debt: address,
  repay: big,
  seize: big,
  gross: big,
  route: z.string(),
  realisesBase: big.optional(),
  attempt: int.optional(),
})
const leg = legFields.transform(({ attempt, realisesBase, ...others }) => ({
  ...others,
  ...(realisesBase === undefined ? {} : { realisesBase }),
  ...(attempt === undefined ? {} : { attempt }),
}))
const opportunityFields = z.strictObject({
  id: z.string(),
  legs: z.array(leg),
  profitToken: address,
  grossWei: big,
  gas: big,
  gasCostWei: big,
  dataWei: big.optional(),
  bidWei: big,
  netWei: big,
  netUsd8: big,
})
const opportunity = opportunityFields.transform(({ dataWei, ...others }) => ({
  ...others,
  ...(dataWei === undefined ? {} : { dataWei }),
}))
const refusal = z
  .strictObject({ code: z.enum(REFUSAL_CODES), detail: z.string(), figure: z.string().optional() })
  .transform(({ code, detail, figure }) => (figure === undefined ? { code, detail } : { code, detail, figure }))
const mined = { blockHash: hex, blockNumber: int }
const outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pending') }),
  z.strictObject({ kind: z.literal('landed'), ...mined }),
  z.strictObject({ kind: z.literal('reverted'), ...mined }),
  z.strictObject({ kind: z.literal('reorged') }),
  z.strictObject({ kind: z.literal('outbid'), by: address.nullable() }),
  z.strictObject({ kind: z.literal('expired') }),
  z.strictObject({ kind: z.literal('refused'), refusal }),
])

const session = z.strictObject({ bootId: z.string(), reachBlocks: int, quarantine: z.boolean(), atMs: int })
const intent = z.strictObject({
  id: z.string(),
  chainId: int,
  operator: address,
  nonce: int,
  replacementUuid: z.string(),
  dryRun: z.boolean(),
  createdAtMs: int,
})
const behind = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('transmit'), id: hex }),
  z.strictObject({ kind: z.literal('hint'), auction: z.enum(['mev-share', 'titan-ofa', 'atlas']), id: hex }),
])
const attemptFields = z.strictObject({
  intentId: z.string(),
  transactionHash: hex,
  targetBlock: int,
  deadlineBlock: int,
  deadlineTime: big,
  maxFeePerGas: big,
  maxPriorityFeePerGas: big,
  gasLimit: big,
  relays: z.array(z.string()),
  sentAtMs: int,
  opportunity,
  behind: behind.optional(),
})
const attempt = attemptFields.transform(({ behind: follows, ...rest }) =>
  follows === undefined ? rest : { ...rest, behind: follows },
)
const outcomeRecord = z.strictObject({
  intentId: z.string(),
  outcome,
  transactionHash: hex.nullable(),
  closed: z.boolean(),
  atMs: int,
})

const entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('session'), session }),
  z.strictObject({ kind: z.literal('stop'), atMs: int }),
  z.strictObject({ kind: z.literal('intent'), intent }),
  z.strictObject({ kind: z.literal('attempt'), attempt }),
  z.strictObject({ kind: z.literal('outcome'), outcome: outcomeRecord }),
])

/** Eight hex digits over the text of the entry: a flipped figure must not read as another figure. */
const checksum = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 8)

/** One line of JSON, `\n` included; the last field `sum` covers all before it. */
export function writeEntry(value: JournalEntry): string {
  const body = JSON.stringify(value, decimal)
  return `${body.slice(0, -1)},"sum":"${checksum(body)}"}\n`
}

/** Reads a line without its `\n`; throws with the reason when anything about it is wrong. */
export function readEntry(line: string): JournalEntry {
  const [, head, sum] = /^(.*),"sum":"([0-9a-f]{8})"\}$/.exec(line) ?? []
  if (head === undefined || checksum(`${head}}`) !== sum) throw new Error('its checksum does not match')
  return entry.parse(JSON.parse(`${head}}`))
}
