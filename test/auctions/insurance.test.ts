import { insuranceOf } from '../../src/auctions/insurance.js'
import type { AuctionVenue, Snapshot } from '../../src/auctions/venue.js'
import { insuranceLines } from '../../src/cli/insurance-view.js'
import { WAD } from '../../src/domain/maths.js'
import { gebDebtAuctions } from '../../strategies/geb/debt-auctions.js'
import { COIN, NOW, RIVAL, US, afterBid, debtAuction } from './support/lab.js'

const MARKET = {
  ...{ id: 'm', strategy: 'geb', chainId: 1, deployBlock: 0, implementationCodeHashes: [], contracts: {} },
}

describe('the insurance view', () => {
  it('tells which of our capital is away in bids, and until when at most', () => {
    const led = afterBid(debtAuction(1, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 10n)
    const late = { ...afterBid(debtAuction(2, 10_000n * WAD, 700n * WAD), US, 9_500n * WAD, NOW), deadline: NOW + 60n }
    const theirs = afterBid(debtAuction(3, 10_000n * WAD, 1_000n * WAD), RIVAL, 9_500n * WAD, NOW)
    const auctions = [led, late, theirs, debtAuction(4, 10_000n * WAD, 1_000n * WAD)]
    const snapshot: Snapshot = {
      ...{
        health: { enabled: true, reasons: [] },
        auctions,
        template: led,
        starting: null,
        maturing: [],
        reserves: null,
      },
    }
    const opinion = { us: US, fair: () => null, decision: () => null }
    const rows = insuranceOf(MARKET, [{ venue: gebDebtAuctions as AuctionVenue, snapshot }], NOW, opinion)
    expect(rows[0]?.locked).toEqual([
      {
        ...{ name: 'geb-debt/1', token: COIN, pay: (1_000n * WAD).toString() },
        until: (NOW - 10n + led.params.bidDuration).toString(),
      },
      { name: 'geb-debt/2', token: COIN, pay: (700n * WAD).toString(), until: (NOW + 60n).toString() },
    ])
    const lines = insuranceLines(rows, [], 0n)
    expect(lines.find((line) => /^geb-debt\/1 +1,?000/.test(line))).toBeDefined()
    expect(lines).toContain('our capital in bids')
  })
})
