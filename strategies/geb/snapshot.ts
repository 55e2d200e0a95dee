import { toAddress, type Address, type BlockRef, type Hex, type Reader } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { SnapshotProgress } from '../../src/domain/strategy.js'
import { JOIN, LIQUIDATION_ENGINE, SAFE_ENGINE, askAll, saviourOf, topicOf, word, type Ask } from './calls.js'
import { contractOf } from './contracts.js'
import type { DustRule } from './maths.js'
import { GebState, type GebParameters, type Safe } from './state.js'

const OPENED = [
  topicOf(SAFE_ENGINE, 'ModifySAFECollateralization'),
  topicOf(SAFE_ENGINE, 'TransferSAFECollateralAndDebt'),
]
const LOG_SPAN = 100_000
const SYMBOL: Hex = '0x95d89b41'
const DUSTY_SAFE = LIQUIDATION_ENGINE.getError('LiqEng_DustySAFE')?.selector ?? ''

/** Cold start: SAFEs from the engine's own events, then each SAFE and the parameters at `block`. */
export async function takeSnapshot(
  reader: Reader,
  market: Market,
  block: BlockRef,
  progress: SnapshotProgress,
): Promise<GebState> {
  const cType = await readCType(reader, market, block.number)
  const parameters = await readParameters(reader, market, cType, block.number)
  const state = new GebState(market, cType, parameters, await readSymbol(reader, market, block.number))
  const ids = await findSafes(reader, market, cType, block.number, progress)
  for (const [id, safe] of await readSafes(reader, market, cType, ids, block.number)) state.safes.set(id, safe)
  for (const [id, saviour] of await readSaviours(reader, market, cType, ids, block.number))
    state.saviours.set(id, saviour)
  progress(ids.length, ids.length, 'requests')
  return state
}

/** An empty market at its deploy block. */
export async function takeGenesis(reader: Reader, market: Market): Promise<GebState> {
  const cType = await readCType(reader, market, market.deployBlock).catch(() => null)
  if (cType === null)
    throw new KeeperError(
      'genesis',
      `${market.id}: its contracts do not exist at block ${market.deployBlock}: name a later deployBlock`,
    )
  const parameters = await readParameters(reader, market, cType, market.deployBlock)
  return new GebState(market, cType, parameters, await readSymbol(reader, market, market.deployBlock))
}

/** The collateral type that the market's join is for. */
export async function readCType(reader: Reader, market: Market, block: number): Promise<Hex> {
  const [words] = await askAll(reader, [[JOIN, contractOf(market, 'collateralJoin'), 'collateralType']], block)
  return `0x${word(words).toString(16).padStart(64, '0')}`
}

export async function readParameters(
  reader: Reader,
  market: Market,
  cType: Hex,
  block: number,
): Promise<GebParameters> {
  const engine = contractOf(market, 'safeEngine')
  const liquidation = contractOf(market, 'liquidationEngine')
  const asks: readonly Ask[] = [
    [SAFE_ENGINE, engine, 'cData', [cType]],
    [SAFE_ENGINE, engine, 'cParams', [cType]],
    [LIQUIDATION_ENGINE, liquidation, 'cParams', [cType]],
    [LIQUIDATION_ENGINE, liquidation, 'params'],
    [LIQUIDATION_ENGINE, liquidation, 'currentOnAuctionSystemCoins'],
    [LIQUIDATION_ENGINE, liquidation, 'contractEnabled'],
  ]
  const [answers, code] = await Promise.all([askAll(reader, asks, block), reader.code(liquidation, block)])
  const [data, limits, perType, params, onAuction, enabled] = answers
  return {
    rate: word(data, 2),
    liquidationPrice: word(data, 4),
    debtFloor: word(limits, 1),
    penalty: word(perType, 1),
    quantity: word(perType, 2),
    onAuctionLimit: word(params, 0),
    onAuction: word(onAuction),
    dust: dustRuleOf(code),
    enabled: word(enabled) !== 0n,
  }
}

/** By the code of a liquidation engine: one that never throws `LiqEng_DustySAFE` does not refuse dust. */
export const dustRuleOf = (code: Hex): DustRule => (code.includes(DUSTY_SAFE.slice(2)) ? 'refused' : 'auctioned')

/** SAFEs that ever were, by the accounts that the events name. */
export async function findSafes(
  reader: Reader,
  market: Market,
  cType: Hex,
  to: number,
  progress: SnapshotProgress,
): Promise<PositionId[]> {
  const filter = { addresses: [contractOf(market, 'safeEngine')], topic0: OPENED }
  const found = new Set<PositionId>()
  for (let from = market.deployBlock; from <= to; from += LOG_SPAN) {
    const last = Math.min(to, from + LOG_SPAN - 1)
    for (const { topics } of await reader.logs(filter, from, last)) {
      if (topics[1] !== cType) continue
      for (const topic of topics.slice(2)) found.add(toAddress(`0x${topic.slice(-40)}`))
    }
    progress(last - market.deployBlock + 1, to - market.deployBlock + 1, 'blocks')
  }
  return [...found]
}

export async function readSafes(
  reader: Reader,
  market: Market,
  cType: Hex,
  ids: readonly PositionId[],
  block: number,
): Promise<[PositionId, Safe][]> {
  const engine = contractOf(market, 'safeEngine')
  const answers = await askAll(
    reader,
    ids.map((id): Ask => [SAFE_ENGINE, engine, 'safes', [cType, id]]),
    block,
  )
  return ids.flatMap((id, i): [PositionId, Safe][] => {
    const safe = { locked: word(answers[i], 0), debt: word(answers[i], 1) }
    return safe.locked === 0n && safe.debt === 0n ? [] : [[id, safe]]
  })
}

async function readSaviours(
  reader: Reader,
  market: Market,
  cType: Hex,
  ids: readonly PositionId[],
  block: number,
): Promise<[PositionId, Address][]> {
  const engine = contractOf(market, 'liquidationEngine')
  const answers = await askAll(
    reader,
    ids.map((id): Ask => [LIQUIDATION_ENGINE, engine, 'chosenSAFESaviour', [cType, id]]),
    block,
  )
  return ids.flatMap((id, i): [PositionId, Address][] => {
    const saviour = saviourOf(word(answers[i]))
    return saviour === null ? [] : [[id, saviour]]
  })
}

async function readSymbol(reader: Reader, market: Market, block: number): Promise<string> {
  const [answer] = await reader.calls([{ to: contractOf(market, 'collateral'), data: SYMBOL }], block)
  const bytes = Buffer.from((answer?.ok ? answer.data : '0x').slice(2), 'hex')
  const text = bytes.length >= 96 ? bytes.subarray(64, 64 + Math.min(32, Number(bytes.readBigUInt64BE(56)))) : bytes
  return (
    text
      .toString('utf8')
      .replace(/[^\x20-\x7e]/g, '')
      .slice(0, 16) || 'collateral'
  )
}
