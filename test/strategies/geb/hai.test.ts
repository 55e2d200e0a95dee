import { readFileSync } from 'node:fs'
import type { Address } from '../../../src/domain/chain.js'
import { contractOf } from '../../../strategies/geb/contracts.js'
import { seizureOf, type DustRule, type Seizure, type SeizureRefusal } from '../../../strategies/geb/maths.js'
import { dustRuleOf } from '../../../strategies/geb/snapshot.js'
import { GebState } from '../../../strategies/geb/state.js'
import { geb } from '../../../strategies/geb/strategy.js'
import { recorded } from '../../support/vectors.js'

/** One `liquidateSAFE` of HAI's engine: amounts as decimal text; `seized` is the debt. */
interface Recorded {
  readonly locked: string
  readonly debt: string
  readonly rate: string
  readonly debtFloor: string
  readonly penalty: string
  readonly quantity: string
  readonly onAuctionLimit: string
  readonly onAuction: string
  readonly error: string | null
  readonly collateral?: string
  readonly seized?: string
  readonly amountToRaise?: string
}

const REFUSALS: Readonly<Record<string, SeizureRefusal>> = {
  LiqEng_NullAuction: 'null-auction',
  LiqEng_NullCollateralToSell: 'null-collateral',
  LiqEng_LiquidationLimitHit: 'limit',
}

const foreseen = (one: Recorded, dust: DustRule): Seizure | SeizureRefusal =>
  seizureOf(
    { locked: BigInt(one.locked), debt: BigInt(one.debt) },
    {
      ...{ rate: BigInt(one.rate), debtFloor: BigInt(one.debtFloor), penalty: BigInt(one.penalty) },
      ...{ quantity: BigInt(one.quantity), onAuctionLimit: BigInt(one.onAuctionLimit) },
      ...{ onAuction: BigInt(one.onAuction), dust },
    },
  )

test('HAI’s engine liquidates as recorded, to the unit, refusals by name; Open Dollar’s rule would often be wrong', () => {
  const { seizures } = recorded('geb', 'hai-seizures.json') as { seizures: readonly Recorded[] }
  const met: Record<string, number> = {}
  const count = (what: string): void => void (met[what] = (met[what] ?? 0) + 1)
  for (const one of seizures.filter(({ error }) => error !== 'LiqEng_SAFENotUnsafe')) {
    const { error, collateral = '', seized = '', amountToRaise = '' } = one
    const happened =
      error === null
        ? { debt: BigInt(seized), collateral: BigInt(collateral), amountToRaise: BigInt(amountToRaise) }
        : REFUSALS[error]
    expect({ one, is: foreseen(one, 'auctioned') }).toEqual({ one, is: happened })
    const other = foreseen(one, 'refused')
    count(error ?? (one.debt === seized ? 'whole' : 'part'))
    if (JSON.stringify(other, text) !== JSON.stringify(happened, text)) count('differs')
    if (other === 'dusty') count('dust')
  }
  process.stdout.write(`HAI: ${seizures.length} liquidations: ${JSON.stringify(met)}\n`)
  expect(Object.keys(met)).toEqual(expect.arrayContaining(['whole', 'part', ...Object.keys(REFUSALS)]))
  expect(met['differs']).toBeGreaterThan(20)
  expect(met['dust']).toBeGreaterThan(10)
  expect(met['LiqEng_LiquidationLimitHit']).toBeGreaterThan(5)
})

const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value)

test('the code of the engine tells which of the two it is', () => {
  const path = require.resolve('@opendollar/contracts/abi/LiquidationEngine.json')
  const { deployedBytecode } = JSON.parse(readFileSync(path, 'utf8')) as { deployedBytecode: { object: string } }
  expect(dustRuleOf(`0x${deployedBytecode.object.replace(/^0x/, '')}`)).toBe('refused')
  expect(dustRuleOf('0x6080604052')).toBe('auctioned')
})

test('a collateral that is not the native token brings the native token’s price along', () => {
  const [collateral, feed, native, nativeFeed] = [1, 2, 3, 4].map((n): Address => `0x${String(n).repeat(40)}`)
  const stateOf = (contracts: Readonly<Record<string, Address | undefined>>): GebState => {
    const named = Object.entries(contracts).flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]))
    const market = { ...MARKET, contracts: Object.fromEntries(named) }
    return new GebState(market, `0x${'0'.repeat(64)}`, PARAMETERS, 'OP')
  }
  const both = stateOf({ collateral, feed, native, nativeFeed })
  expect(geb.reserves(both).map(({ token, source }) => [token.address, source])).toEqual([
    [collateral, feed],
    [native, nativeFeed],
  ])
  expect(geb.feeds(both).map(({ id, read }) => [id, 'to' in read ? read.to : null])).toEqual([
    ['collateral', feed],
    ['native', nativeFeed],
  ])
  expect(geb.reserves(stateOf({ collateral, feed })).map(({ feed: id }) => id)).toEqual(['collateral'])
  expect(geb.reserves(stateOf({ collateral: native, feed, native, nativeFeed }))).toHaveLength(1)
  expect(contractOf(both.market, 'collateral')).toBe(collateral)
})

const MARKET = { id: 'geb', strategy: 'geb', chainId: 10, deployBlock: 1, implementationCodeHashes: [] }
const PARAMETERS = {
  ...{ rate: 0n, liquidationPrice: 0n, debtFloor: 0n, penalty: 0n, quantity: 0n, onAuctionLimit: 0n, onAuction: 0n },
  ...{ dust: 'auctioned' as const, enabled: true },
}
