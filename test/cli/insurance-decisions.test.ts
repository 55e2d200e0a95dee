import { decisionsTold } from '../../src/cli/insurance-decisions.js'
import type { LegRecord } from '../../src/execution/records.js'
import { address } from '../contracts/support/executor-bed.js'

const legOf = (market: string, route: string): LegRecord => ({
  ...{ market, position: 'store:weth', collateral: address(1), debt: address(2), route },
  ...{ repay: 1n, seize: 1n, gross: 1n },
})

test('of markets that call a position alike in one transaction, each is told its own leg, and the newer of deed and refusal', () => {
  const attempt = {
    outcome: 'landed',
    targetBlock: 7,
    legs: [legOf('usdc', 'WETH → USDC'), legOf('usdt', 'WETH → USDT')],
  }
  const no = { detail: 'not-for-sale', lastBlock: 9 }
  const ledger = {
    report: () => ({ attemptRows: [attempt] }),
    lastRefusal: (market: string) => (market === 'usdt' ? null : no),
  }
  expect(decisionsTold(ledger, 'usdt')('store:weth')).toEqual({ act: 'bid', why: 'WETH → USDT: landed', block: 7 })
  expect(decisionsTold(ledger, 'usdc')('store:weth')).toEqual({ act: 'not', why: 'not-for-sale', block: 9 })
  no.lastBlock = 6
  expect(decisionsTold(ledger, 'usdc')('store:weth')).toMatchObject({ act: 'bid', why: 'WETH → USDC: landed' })
  expect(decisionsTold({ ...ledger, lastRefusal: () => null }, 'wbtc')('store:weth')).toBeNull()
})
