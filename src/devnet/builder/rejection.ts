/** Every way in which a relay says no, by name; the tests count them. */
export type RejectionName =
  // the request
  | 'not-post'
  | 'content-type'
  | 'too-large'
  | 'invalid-json'
  | 'envelope'
  | 'params'
  | 'unknown-method'
  | 'rate-limited'
  // the signature
  | 'signature-missing'
  | 'signature-format'
  | 'signature-mismatch'
  | 'signature-raw-digest'
  // the fields
  | 'unknown-field'
  | 'field-type'
  | 'block-missing'
  | 'block-past'
  | 'block-too-far'
  | 'timestamp-order'
  | 'uuid-format'
  | 'uuid-missing'
  | 'hashes-not-in-bundle'
  | 'refund'
  // a backrun
  | 'version'
  | 'inclusion'
  | 'body'
  | 'hash-missing'
  | 'hash-not-first'
  | 'hash-unknown'
  | 'hash-not-double'
  | 'still-hidden'
  | 'one-backrun'
  | 'can-revert'
  | 'hints-with-hash'
  | 'refund-with-hash'
  // the transactions
  | 'no-transactions'
  | 'too-many-transactions'
  | 'undecodable'
  | 'duplicate-transaction'
  | 'transaction-type'
  | 'contract-creation'
  | 'chain-id'
  | 'zero-fee'
  | 'tip-above-max-fee'
  | 'gas-too-high'
  | 'max-fee-below-base-fee'
  | 'nonce-too-low'
  | 'nonce-gap'
  | 'insufficient-balance'

/** A named refusal with its JSON-RPC error; the personality decides which HTTP status carries it. */
export class Rejection extends Error {
  constructor(
    readonly reason: RejectionName,
    readonly code: number,
    message: string,
  ) {
    super(message)
    this.name = 'Rejection'
  }
}

export const invalidParams = (reason: RejectionName, message: string): Rejection =>
  new Rejection(reason, -32602, message)

export const refusedBundle = (reason: RejectionName, message: string): Rejection =>
  new Rejection(reason, -32000, message)

/** Statuses that every relay uses alike; signature and JSON-RPC errors depend on the personality. */
export const TRANSPORT_STATUS: Readonly<Partial<Record<RejectionName, number>>> = {
  'not-post': 405,
  'content-type': 415,
  'too-large': 413,
  'invalid-json': 400,
  'rate-limited': 429,
}
