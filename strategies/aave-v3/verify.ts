import { keccak256 } from 'ethers'
import { type BlockRef, type Hex, type Reader, toAddress } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import { contractOf } from './contracts.js'
import { Batch } from '../../src/domain/batch.js'
import { RULES } from './rules.js'
import { POOL, TOKEN } from './signatures.js'
import { addressAt, wordAt } from '../../src/domain/abi-words.js'

/** EIP-1967: keccak256('eip1967.proxy.implementation') − 1. */
const IMPLEMENTATION_SLOT: Hex = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** What the strategy cannot vouch for: any of these keeps the keeper in dry-run. */
export async function verifyMarket(reader: Reader, market: Market, block: BlockRef): Promise<Refusal[]> {
  const pool = contractOf(market, 'pool')
  const [answer] = await new Batch(reader, block.number).try([POOL.POOL_REVISION(pool)])
  if (!answer || answer === '0x')
    return [refuse('unknown-revision', `${market.id}: ${pool} does not answer POOL_REVISION`)]
  const revision = Number(wordAt(answer, 0))
  if (!RULES.has(revision)) {
    return [
      refuse(
        'unknown-revision',
        `${market.id}: pool revision ${String(revision)} is unknown to this keeper`,
        String(revision),
      ),
    ]
  }
  const changed = await codeChanged(reader, market, block)
  const stable = revision <= 4 ? await stableDebt(reader, market, block) : null
  return [changed, stable].filter((refusal) => refusal !== null)
}

async function codeChanged(reader: Reader, market: Market, block: BlockRef): Promise<Refusal | null> {
  const word = await reader.storage(contractOf(market, 'pool'), IMPLEMENTATION_SLOT, block.number)
  const implementation = toAddress(`0x${word.slice(2).padStart(64, '0').slice(24)}`)
  const code = await reader.code(implementation, block.number)
  const hash = keccak256(code)
  if (code !== '0x' && market.implementationCodeHashes.includes(hash)) return null
  const known =
    market.implementationCodeHashes.length === 0 ? 'no code hash is recorded' : 'its code is not the recorded one'
  return refuse('code-changed', `${market.id}: pool implementation ${implementation}: ${known}`, hash)
}

/** Revisions ≤ 4 can hold debt at a stable rate, which this strategy does not follow. */
async function stableDebt(reader: Reader, market: Market, block: BlockRef): Promise<Refusal | null> {
  const pool = contractOf(market, 'pool')
  const batch = new Batch(reader, block.number)
  const [list] = await batch.all([POOL.getReservesList(pool)])
  const assets = Array.from({ length: Number(wordAt(list ?? '0x', 1)) }, (_, i) => addressAt(list ?? '0x', 2 + i))
  const data = await batch.all(assets.map((asset) => POOL.getReserveData(pool, asset)))
  const supplies = await batch.try(data.map((tuple) => TOKEN.totalSupply(addressAt(tuple, 9))))
  const held = supplies.findIndex((supply) => supply !== null && supply !== '0x' && wordAt(supply, 0) > 0n)
  if (held < 0) return null
  return refuse(
    'unknown-revision',
    `${market.id}: reserve ${assets[held] ?? ''} has stable-rate debt, which is not followed`,
  )
}
