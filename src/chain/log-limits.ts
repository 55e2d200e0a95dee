import { EndpointError, RpcError, isRateLimit } from './rpc-error.js'

/**
 * What a provider means when it does not answer `eth_getLogs`:
 * `range`: ask for fewer blocks, `stated` when it says how many would do, `cap` when that holds for every request;
 * `addresses`: ask for fewer addresses or topics; `elsewhere`: this endpoint has not got these blocks, another may.
 */
export type LogRefusal =
  | { readonly kind: 'range'; readonly stated: number | null; readonly cap: boolean }
  | { readonly kind: 'addresses' }
  | { readonly kind: 'elsewhere' }

const ADDRESSES =
  /(less|fewer|too many|max(imum)?)( number of)?( filter)? address|exceed max (addresses|topics)|contains \d+ filters|too many topics/i
const ELSEWHERE =
  /archive|pruned|beyond (the )?(current )?head|cannot be found|(unknown|future) block|header not found|block not found|not (yet )?available|BlockOutOfRange/i
/** Words with which the result, not the range, is too large: the number they name counts logs, not blocks. */
const RESULT =
  /max results|more than [\d,]+ results|too many logs|logs (matched|per response)|response size|10,?000 logs/i
const RANGE =
  /range|too (large|big|wide|high|long|many)|more than|exceed|limit|time(d)?[ -]?out|deadline|took too long|narrow|cancell?ed|maximum|response size/i
/** JSON-RPC codes under which providers refuse ranges without a word that says so. */
const RANGE_CODES = new Set([-32_602, -32_600, -32_005, -32_002, -32_614, -32_701, -32_062, 30, 35])

/**
 * Why `eth_getLogs` for `from`..`to` was refused; null when the error says nothing about the request (a pause was asked
 * for, the connection failed): then the same range is asked again later. Pure. The wordings are those of Alchemy, Infura,
 * QuickNode, Ankr, Chainstack, dRPC, PublicNode, LlamaNodes, Tenderly, 1RPC, Geth, Erigon, Nethermind, Reth and anvil.
 */
export function logRefusal(error: unknown, from: number, to: number): LogRefusal | null {
  if (error instanceof EndpointError) {
    const large = error.fault === 'too-large' || error.fault === 'deadline'
    return large ? { kind: 'range', stated: null, cap: false } : null
  }
  if (!(error instanceof RpcError) || isRateLimit(error)) return null
  const text = error.rpcMessage
  if (ADDRESSES.test(text)) return { kind: 'addresses' }
  if (ELSEWHERE.test(text)) return { kind: 'elsewhere' }
  if (!RANGE.test(text) && !RANGE_CODES.has(error.rpcCode)) return null
  return { kind: 'range', ...statedRange(text, from, to) }
}

/** The number of blocks that the message allows. A suggestion that is no smaller than what was asked is none. */
function statedRange(text: string, from: number, to: number): { stated: number | null; cap: boolean } {
  const asked = to - from + 1
  const smaller = (blocks: number): number | null => (blocks >= 1 && blocks < asked ? blocks : null)
  const suggested = /\[\s*(0x[0-9a-f]+|\d+)\s*,\s*(0x[0-9a-f]+|\d+)\s*\]|with the range (\d+)\s*-\s*(\d+)/i.exec(text)
  if (suggested) {
    const [first, last] = [Number(suggested[1] ?? suggested[3]), Number(suggested[2] ?? suggested[4])]
    return { stated: first === from ? smaller(last - first + 1) : null, cap: false }
  }
  if (RESULT.test(text)) return { stated: null, cap: false }
  const stated = smaller(capIn(text))
  return { stated, cap: stated !== null }
}

/** "limited to a 10,000 range", "maximum block range: 50000", "ranges over 10000 blocks", "max is 1k blocks", … */
const CAPS: readonly RegExp[] = [
  /(?:limited to|up to)(?: an?)?(?: 0 -)? ([\d,]+)(k?)/i,
  /ranges? over ([\d,]+)(k?)/i,
  /greater than ([\d,]+)(k?) max/i,
  /(?:exceeds|than)(?: the)?(?: range)? limit(?: of)? ([\d,]+)(k?)/i,
  /max(?:imum)?(?: (?:allowed|block))?(?: range)?(?: is)?(?: set to)?[: ]+([\d,]+)(k?)/i,
  /the limit is ([\d,]+)(k?)/i,
  /narrow your filter: ([\d,]+)(k?)/i,
  /limit(?:ed)? (?:of|to) ([\d,]+)(k?)/i,
]

/** 0 when the message names no number of blocks. */
function capIn(text: string): number {
  for (const pattern of CAPS) {
    const found = pattern.exec(text)
    if (found) return Number((found[1] ?? '').replaceAll(',', '')) * (found[2] ? 1_000 : 1)
  }
  return 0
}

/** Providers that cut an answer short without a word do it at a round number of logs. */
export const looksCut = (logs: number): boolean => logs >= 1_000 && logs % 1_000 === 0
