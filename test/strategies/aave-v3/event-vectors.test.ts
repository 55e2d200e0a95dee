import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import { figures } from './support/compare.js'
import { holdingsOf, logsOf, marketOf, readEvents } from './support/event-file.js'
import { viewOf } from './support/prices.js'

/** Their contracts come with no package. Revisions 1 and 10 do: `replica.test.ts`, `governance.test.ts`. */
const REVISIONS = [8, 9, 11]

describe('Aave v3 replica over events recorded from the contracts of each revision', () => {
  test.each(REVISIONS)('revision %i: state and accounts are equal to the unit', (revision) => {
    const file = readEvents(revision)
    expect([file.revision, file.commit]).toEqual([revision, expect.stringMatching(/^[0-9a-f]{40}$/)])
    const state = aaveV3.load(marketOf(file), JSON.stringify(file.start))
    const logs = logsOf(file)
    for (const log of logs) aaveV3.reduce(state, log)
    expect(aaveV3.stale?.(state)).toBe(false)
    expect(figures(state, { positions: holdingsOf(file) })).toEqual(file.end)
    const timestamp = BigInt(file.timestamp)
    const at = viewOf(new Map(file.prices.map(([asset, price]) => [asset, BigInt(price)])), timestamp)
    const accounts = file.accounts.map(([id]) => {
      const { collateralBase, debtBase, healthFactor } = aaveV3.solvency(state, id, at)
      return [id, String(collateralBase), String(debtBase), String(healthFactor)]
    })
    expect(accounts).toEqual(file.accounts)
    expect([logs.length > 300, accounts.length > 8]).toEqual([true, true])
  })
})
