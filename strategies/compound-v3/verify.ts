import type { BlockRef, Reader } from '../../src/domain/chain.js'
import { Batch } from '../../src/domain/batch.js'
import type { Market } from '../../src/domain/market.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { readImplementation } from './read-config.js'
import { COMET_CALL, TOKEN_CALL } from './signatures.js'

/** What the strategy cannot vouch for: any of these keeps the keeper in dry-run. */
export async function verifyMarket(reader: Reader, market: Market, block: BlockRef): Promise<Refusal[]> {
  const comet = contractOf(market, 'comet')
  const [answer] = await new Batch(reader, block.number).try([COMET_CALL.baseToken(comet)])
  if (!answer || answer === '0x')
    return [refuse('unknown-revision', `${market.id}: ${comet} does not answer baseToken: it is no Comet`)]
  const refusals: Refusal[] = []
  const base = addressAt(answer, 0)
  if (base !== contractOf(market, 'baseToken')) {
    const detail = `${market.id}: the Comet lends ${base}, the market file says ${contractOf(market, 'baseToken')}`
    refusals.push(refuse('unknown-revision', detail))
  }
  refusals.push(...(await wrongFeeds(reader, market, block)))
  const { address, fingerprint, known } = await readImplementation(reader, market, block.number)
  if (!known) {
    const recorded =
      market.implementationCodeHashes.length === 0 ? 'no fingerprint is recorded' : 'its code is not the recorded one'
    refusals.push(refuse('code-changed', `${market.id}: Comet implementation ${address}: ${recorded}`, fingerprint))
  }
  return refusals
}

/** Comet itself refuses feeds of other decimals than 8; those that the market file adds it has never seen. */
async function wrongFeeds(reader: Reader, { id, contracts }: Market, block: BlockRef): Promise<Refusal[]> {
  const named = (['nativeFeed', 'unitFeed'] as const).flatMap((name) => {
    const feed = contracts[name]
    return feed === undefined ? [] : [{ name, feed }]
  })
  const answers = await new Batch(reader, block.number).try(named.map(({ feed }) => TOKEN_CALL.decimals(feed)))
  return named.flatMap(({ name, feed }, i) => {
    const data = answers[i]
    const decimals = data && data !== '0x' ? wordAt(data, 0) : null
    if (decimals === 8n) return []
    const has = decimals === null ? 'does not tell its decimals' : `has ${decimals} decimals`
    return [refuse('unknown-revision', `${id}: ${name} ${feed} ${has}: every limit in dollars needs a feed with 8`)]
  })
}
