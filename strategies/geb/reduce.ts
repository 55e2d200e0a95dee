import { toAddress, type Hex, type LogFilter, type RawLog, type Reader, type BlockRef } from '../../src/domain/chain.js'
import type { Delta } from '../../src/domain/strategy.js'
import { LIQUIDATION_ENGINE, SAFE_ENGINE, saviourOf, topicOf } from './calls.js'
import { Changes } from './changes.js'
import { contractOf } from './contracts.js'
import { signedAt, wordAt } from './log-words.js'
import { BOUGHT } from './purchases-seen.js'
import { readParameters } from './snapshot.js'
import type { GebState } from './state.js'

const MODIFIED = topicOf(SAFE_ENGINE, 'ModifySAFECollateralization')
const TRANSFERRED = topicOf(SAFE_ENGINE, 'TransferSAFECollateralAndDebt')
const CONFISCATED = topicOf(SAFE_ENGINE, 'ConfiscateSAFECollateralAndDebt')
const RATE = topicOf(SAFE_ENGINE, 'UpdateAccumulatedRate')
const PRICE = topicOf(SAFE_ENGINE, 'UpdateCollateralPrice')
const PARAMETERS = topicOf(SAFE_ENGINE, 'ModifyParameters')
const ON_AUCTION = topicOf(LIQUIDATION_ENGINE, 'UpdateCurrentOnAuctionSystemCoins')
const PROTECTED = topicOf(LIQUIDATION_ENGINE, 'ProtectSAFE')
const DISABLED = topicOf(LIQUIDATION_ENGINE, 'DisableContract')

export function filtersOf({ market }: GebState): LogFilter[] {
  return [
    {
      addresses: [contractOf(market, 'safeEngine')],
      topic0: [MODIFIED, TRANSFERRED, CONFISCATED, RATE, PRICE, PARAMETERS],
    },
    { addresses: [contractOf(market, 'liquidationEngine')], topic0: [ON_AUCTION, PROTECTED, DISABLED, PARAMETERS] },
    // nothing of the replica turns on it: it tells who bought
    { addresses: [contractOf(market, 'collateralAuctionHouse')], topic0: [BOUGHT] },
  ]
}

const idIn = (topic: Hex | undefined): string => toAddress(`0x${(topic ?? '').slice(-40)}`)

/** Applies one log. The two engines share names of events, so the address decides first. */
export function reduceLog(state: GebState, log: RawLog): Delta {
  const changes = new Changes(state)
  if (log.address === contractOf(state.market, 'safeEngine')) reduceSafes(state, log, changes)
  else if (log.address === contractOf(state.market, 'liquidationEngine')) reduceLiquidations(state, log, changes)
  return changes
}

function reduceSafes(state: GebState, { topics, data }: RawLog, changes: Changes): void {
  const topic = topics[0]
  // a parameter of all types has no type in its second place
  if (topic === PARAMETERS) {
    changes.setStale(true)
    return
  }
  if (topics[1] !== state.cType) return
  const move = (id: string, collateral: bigint, debt: bigint): void => {
    const { locked, debt: owed } = state.safes.get(id) ?? { locked: 0n, debt: 0n }
    changes.setSafe(id, { locked: locked + collateral, debt: owed + debt })
  }
  if (topic === MODIFIED || topic === CONFISCATED) move(idIn(topics[2]), signedAt(data, 2), signedAt(data, 3))
  else if (topic === TRANSFERRED) {
    const [collateral, debt] = [signedAt(data, 0), signedAt(data, 1)]
    move(idIn(topics[2]), -collateral, -debt)
    move(idIn(topics[3]), collateral, debt)
  } else if (topic === RATE) changes.setParameters({ rate: state.parameters.rate + signedAt(data, 1) })
  else if (topic === PRICE) changes.setParameters({ liquidationPrice: wordAt(data, 1) })
}

function reduceLiquidations(state: GebState, { topics, data }: RawLog, changes: Changes): void {
  if (topics[0] === ON_AUCTION) changes.setParameters({ onAuction: wordAt(data, 0) })
  else if (topics[0] === PROTECTED && topics[1] === state.cType)
    changes.setSaviour(idIn(topics[2]), saviourOf(wordAt(data, 0)))
  else if (topics[0] === DISABLED) changes.setParameters({ enabled: false })
  else if (topics[0] === PARAMETERS) changes.setStale(true)
}

/** Governance changed a parameter: all of them are read at the block's end. */
export async function refreshState(reader: Reader, state: GebState, block: BlockRef): Promise<Delta> {
  const changes = new Changes(state)
  changes.setParameters(await readParameters(reader, state.market, state.cType, block.number))
  changes.setStale(false)
  return changes
}
