import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SettingsError, messageOf } from '../domain/errors.js'
import { auctionConfig } from './auction-config.js'
import { address, venue } from './venues.js'

const hash = z.string().regex(/^0x[0-9a-f]{64}$/, 'must be 0x and 64 lower-case hex digits')

const chain = z.strictObject({
  id: z.number().int().positive(),
  name: z.string().min(1),
  blockTimeSeconds: z.number().positive(),
  /** `own`: block times may run ahead of the world's clock (a development chain on which time jumps). */
  clock: z.enum(['world', 'own']).default('world'),
  wrappedNative: address,
  /** Multicall3. */
  multicall: address,
  /** How transactions reach the chain without the public mempool; `submissionUrls` are private endpoints of that kind. */
  submission: z.enum(['bundle', 'privateRpc', 'sequencer']),
  submissionUrls: z.array(z.url({ protocol: /^https?$/ })),
  bid: z.enum(['coinbase', 'priorityFee', 'none']),
  /** Share of the gain that is bid where BID_BPS is not set, basis points: what winning a place costs on this chain. */
  bidBps: z.number().int().min(0).max(10_000).default(8_000),
  /** Least that is paid per gas above the base fee to be included at all, wei: the tail of a block, or the nodes' own minimum. */
  minTipWei: z.number().int().min(0).default(100_000_000),
  /** Most gas that one transaction may use. */
  maxTransactionGas: z.number().int().positive().default(16_777_216),
  venues: z.array(venue),
  /** Tokens through which a route may pass when no direct pool exists, best first. */
  hops: z.array(address),
})

const market = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and dashes'),
  strategy: z.string().min(1),
  deployBlock: z.number().int().min(0),
  contracts: z.record(z.string(), address),
  /** keccak256 of the implementation's runtime code; empty means not recorded: the keeper then stays in dry-run. */
  implementationCodeHashes: z.array(hash),
  /** Absent: no part is taken in the market's auctions. */
  auctions: auctionConfig.optional(),
})

const marketFile = z.strictObject({
  /** Package and version, or tool, that this file was made from. */
  source: z.string().min(1),
  chain,
  markets: z.array(market).min(1),
})

export type MarketFile = z.output<typeof marketFile>
export type ChainConfig = MarketFile['chain']
export type MarketConfig = MarketFile['markets'][number]
export type MarketFileInput = z.input<typeof marketFile>

/** Checks an already parsed market file; throws `SettingsError('MARKETS_FILE')` with the path of the first bad field. */
export function parseMarketFile(json: unknown, name: string): MarketFile {
  const parsed = marketFile.safeParse(json)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`)
    throw new SettingsError('MARKETS_FILE', `${name}: ${problems.join('; ')}`)
  }
  const ids = parsed.data.markets.map((m) => m.id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw new SettingsError('MARKETS_FILE', `${name}: market id ${twice} occurs twice`)
  return parsed.data
}

/** Reads a market file; throws `SettingsError('MARKETS_FILE')` when it is missing, no JSON or has an unknown field. */
export function readMarketFile(path: string): MarketFile {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SettingsError('MARKETS_FILE', `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
  return parseMarketFile(json, path)
}
