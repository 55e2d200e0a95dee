import { isRecord } from '../../proxy/json-rpc.js'
import { hexNumber, onlyFields, readUuid } from '../fields.js'
import type { Personality } from '../personality.js'
import { invalidParams, refusedBundle } from '../rejection.js'

/** A backrun after its shape was checked; the transaction still raw. */
export interface ShareBundleFields {
  /** What the stream called the hidden transaction. */
  readonly hash: string
  readonly tx: string
  readonly firstBlock: number
  readonly lastBlock: number
  readonly replacementUuid: string | null
}

const VERSIONS = new Set(['v0.1', 'beta-1'])
const FIELDS = new Set(['version', 'inclusion', 'body', 'validity', 'privacy', 'replacementUuid'])
const MOST_BLOCKS = 30
const MOST_BODY = 50
const HASH = /^0x[0-9a-fA-F]{64}$/

/** The shape of `mev_sendBundle`'s bundle and the rules of the node that need no chain. Throws a named `Rejection`. */
export function readShareBundle(params: Record<string, unknown>, personality: Personality): ShareBundleFields {
  onlyFields(params, FIELDS)
  if (typeof params['version'] !== 'string' || !VERSIONS.has(params['version']))
    throw refusedBundle('version', `invalid bundle: version must be one of ${[...VERSIONS].join(', ')}`)
  checkFollower(params)
  return {
    ...readInclusion(params['inclusion']),
    ...readBody(params['body']),
    replacementUuid: readUuid(params['replacementUuid'], personality),
  }
}

function readInclusion(value: unknown): { firstBlock: number; lastBlock: number } {
  if (!isRecord(value)) throw refusedBundle('inclusion', 'invalid inclusion: {block, maxBlock} is expected')
  onlyFields(value, new Set(['block', 'maxBlock']))
  const firstBlock = hexNumber(value['block'], 'inclusion.block')
  const last = value['maxBlock']
  const lastBlock = last === undefined || last === null ? firstBlock : hexNumber(last, 'inclusion.maxBlock')
  if (lastBlock < firstBlock) throw refusedBundle('inclusion', 'invalid inclusion: maxBlock is before block')
  if (lastBlock - firstBlock > MOST_BLOCKS)
    throw refusedBundle('inclusion', `invalid inclusion: more than ${MOST_BLOCKS} blocks`)
  return { firstBlock, lastBlock }
}

/** `[{hash}, {tx, canRevert: false}]` and nothing else: one backrun behind what the stream told of. */
function readBody(value: unknown): { hash: string; tx: string } {
  if (!Array.isArray(value) || value.length > MOST_BODY)
    throw refusedBundle('body', `invalid bundle: body must be a list of at most ${MOST_BODY}`)
  const parts: unknown[] = value
  if (parts.slice(1).some((part) => isRecord(part) && 'hash' in part))
    throw refusedBundle('hash-not-first', 'invalid bundle: a hash may only stand first')
  const [first, ...others] = parts
  if (!isRecord(first) || !('hash' in first))
    throw refusedBundle('hash-missing', 'invalid bundle: body[0] must be the hash of a hint')
  onlyFields(first, new Set(['hash']))
  const { hash } = first
  if (typeof hash !== 'string' || !HASH.test(hash)) throw invalidParams('field-type', 'body[0].hash: not a hash')
  const [backrun] = others
  if (others.length !== 1 || !isRecord(backrun))
    throw refusedBundle('one-backrun', `invalid bundle: exactly one backrun is allowed, there are ${others.length}`)
  return { hash: hash.toLowerCase(), tx: readBackrun(backrun) }
}

function readBackrun(backrun: Record<string, unknown>): string {
  onlyFields(backrun, new Set(['tx', 'canRevert']))
  const { tx, canRevert } = backrun
  if (typeof tx !== 'string') throw invalidParams('field-type', 'body[1].tx: a raw transaction is a hex string')
  if (canRevert !== false) throw refusedBundle('can-revert', 'body[1].canRevert must be false')
  return tx
}

/** Who follows somebody else's transaction decides neither what is shown of it nor who is refunded. */
function checkFollower({ validity, privacy }: Record<string, unknown>): void {
  if (validity !== undefined && validity !== null) {
    if (!isRecord(validity)) throw invalidParams('field-type', 'validity: an object is expected')
    onlyFields(validity, new Set(['refund', 'refundConfig']))
    if (!isEmpty(validity['refund']) || !isEmpty(validity['refundConfig']))
      throw refusedBundle('refund-with-hash', 'invalid bundle: no refunds beside a hash')
  }
  if (privacy === undefined || privacy === null) return
  if (!isRecord(privacy)) throw invalidParams('field-type', 'privacy: an object is expected')
  onlyFields(privacy, new Set(['hints', 'builders', 'wantRefund']))
  if (!isEmpty(privacy['hints'])) throw refusedBundle('hints-with-hash', 'invalid bundle: no hints beside a hash')
  const { builders } = privacy
  if (builders !== undefined && (!Array.isArray(builders) || builders.some((name) => typeof name !== 'string')))
    throw invalidParams('field-type', 'privacy.builders: a list of names is expected')
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)
