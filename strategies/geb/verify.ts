import { keccak256 } from 'ethers'
import type { Address, BlockRef, Hex, Reader } from '../../src/domain/chain.js'
import { messageOf } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'
import { refuse, type Refusal } from '../../src/domain/refusal.js'
import { LIQUIDATION_ENGINE, ORACLES, addressOf, askAll, word } from './calls.js'
import { contractOf } from './contracts.js'
import { readCType } from './snapshot.js'

/** The engine that decides what is liquidatable must be the recorded code, and go by the contracts that the file names. */
export async function verifyMarket(reader: Reader, market: Market, block: BlockRef): Promise<readonly Refusal[]> {
  const engine = contractOf(market, 'liquidationEngine')
  const hash = keccak256(await reader.code(engine, block.number)) as Hex
  const others = await replaced(reader, market, block)
  if (market.implementationCodeHashes.includes(hash)) return others
  const known =
    market.implementationCodeHashes.length === 0 ? 'no code hash is recorded' : 'its code is not the recorded one'
  return [refuse('code-changed', `${market.id}: liquidation engine ${engine}: ${known}`, hash), ...others]
}

/** Governance may give a collateral type another delayed oracle or auction house at any time. */
async function replaced(reader: Reader, market: Market, block: BlockRef): Promise<Refusal[]> {
  try {
    const cType = await readCType(reader, market, block.number)
    const [oracle, house] = await askAll(
      reader,
      [
        [ORACLES, contractOf(market, 'oracleRelayer'), 'cParams', [cType]],
        [LIQUIDATION_ENGINE, contractOf(market, 'liquidationEngine'), 'cParams', [cType]],
      ],
      block.number,
    )
    return [
      ...differs(market, 'delayedOracle', addressOf(word(oracle))),
      ...differs(market, 'collateralAuctionHouse', addressOf(word(house))),
    ]
  } catch (error) {
    return [refuse('unknown-revision', `${market.id}: ${messageOf(error)}`)]
  }
}

function differs(market: Market, name: 'delayedOracle' | 'collateralAuctionHouse', used: Address): Refusal[] {
  const named = contractOf(market, name)
  if (used === named) return []
  return [
    refuse('unknown-revision', `${market.id}: the protocol goes by ${used}, the market file names ${name} ${named}`),
  ]
}
