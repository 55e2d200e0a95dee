import { lossLeftAt } from '../../src/cli/keeper/auctions/desk-block.js'
import { deskRun } from '../../src/cli/keeper/auctions/desk-run.js'
import { Exits } from '../../src/cli/keeper/auctions/exits.js'
import { NativeDoubt } from '../../src/cli/keeper/auctions/native-doubt.js'
import { AuctionLog } from '../../src/cli/keeper/auctions/auction-notes.js'
import { mostUsd8 } from '../../src/cli/keeper/auctions/run-cost.js'
import { RunsInFlight } from '../../src/cli/keeper/auctions/runs-in-flight.js'
import { priceUpkeep } from '../../src/cli/keeper/auctions/price-upkeep.js'
import type { Logger } from '../../src/domain/ports.js'
import { recordOf } from '../../src/execution/records.js'
import { someAttempt, someIntent } from '../execution/support/records.js'
import { WAD } from '../../src/domain/maths.js'
import { NO_DATA_FEE } from '../../src/profit/data-fee/data-fee.js'
import { PoolBook } from '../../src/profit/pool-book.js'
import { COIN, NOW, TOKEN } from './support/lab.js'
import { HEAD, blockWith, deskWith, pokeOn, sceneWith, valuationAt } from './support/scene.js'

const PLENTY = 20n * 10n ** 8n
const codeOf = (answer: ReturnType<typeof priceUpkeep>): string =>
  answer === null ? 'nothing' : 'code' in answer ? answer.code : 'told'

describe('a price told for nothing, in backstop mode', () => {
  it('is not told again on a state on which it was mined, and the operator hears of it once', () => {
    const mined = new Set<string>()
    const desk = deskWith(PLENTY, { told: (name) => mined.has(name) })
    const upkeepOn = (name: string) => priceUpkeep(desk, blockWith(pokeOn(name)), NOW)
    expect(codeOf(upkeepOn('poke/1'))).toBe('told')
    mined.add('poke/1')
    const given = upkeepOn('poke/1')
    expect(given).toMatchObject({ code: 'no-effect', market: 'm', position: 'poke/1' })
    // something has changed: by whose hand is no matter
    expect(codeOf(upkeepOn('poke/2'))).toBe('told')

    const warned: unknown[] = []
    const silent = (): void => undefined
    const logger: Logger = { debug: silent, info: silent, error: silent, warn: (_event, fields) => warned.push(fields) }
    const log = new AuctionLog(logger)
    const round = { actions: [], notes: [], pay: 0n, lockedNow: 0n, gas: 0n }
    const answer = { scene: sceneWith(null), round, opportunity: null, unsold: null, upkeep: given, doubt: null }
    for (let i = 0; i < 3; i++) log.tell('m', answer)
    expect(warned).toEqual([
      {
        market: 'm',
        step: 'poke/1',
        givenUp: expect.stringMatching(/^it was mined once and changed nothing/) as string,
      },
    ])
  })

  it('is told only where the most that it may cost fits: all gas of its limit, at the highest fee up to its deadline', () => {
    const block = blockWith(pokeOn('poke/1'))
    const run = priceUpkeep(deskWith(PLENTY), block, NOW)
    if (run === null || 'code' in run) throw new Error('it is not told')
    const most = mostUsd8(run, HEAD)
    // half as much gas again, and 12.5 % a block
    expect([most > (-run.netUsd8 * 3n) / 2n, most < -run.netUsd8 * 4n]).toEqual([true, true])
    expect(codeOf(priceUpkeep(deskWith(most), block, NOW))).toBe('told')
    expect(priceUpkeep(deskWith(most - 1n), block, NOW)).toMatchObject({
      ...{ code: 'daily-loss', detail: expect.stringContaining(`could cost ${most}`) as string },
    })
  })

  it('counts what a rollup charges for its data: as a cost, and in what it may cost at most', () => {
    const wei = 10n ** 15n
    const block = blockWith(pokeOn('poke/1'))
    const onRollup = {
      ...block,
      scene: { ...block.scene, data: { ...NO_DATA_FEE, ofCall: () => ({ wei, gas: 5_000n }) } },
    }
    const [plain, dear] = [block, onRollup].map((one) => priceUpkeep(deskWith(PLENTY), one, NOW))
    if (!plain || !dear || 'code' in plain || 'code' in dear) throw new Error('it is not told')
    expect([dear.dataWei, dear.dataGas, dear.netWei]).toEqual([wei, 5_000n, plain.netWei - wei])
    const more = mostUsd8(dear, HEAD) - mostUsd8(plain, HEAD)
    expect([more > 199_999_000n, more < 200_001_000n]).toEqual([true, true])
  })

  it('in flight counts with the most that it may cost, once for all its attempts', () => {
    const run = priceUpkeep(deskWith(PLENTY), blockWith(pokeOn('poke/1')), NOW)
    if (run === null || 'code' in run) throw new Error('it is not told')
    const { settings } = deskWith(PLENTY)
    const of = (maxFeePerGas: bigint) => someAttempt({ gasLimit: 300_000n, maxFeePerGas, opportunity: recordOf(run) })
    const tracked = { intent: someIntent(), attempts: [of(3n * 10n ** 9n), of(10n ** 9n)], outcome: null }
    const ledger = { spentUsd8: () => 10n ** 8n }
    const none = (): readonly [] => []
    const submitter = { inFlight: () => [tracked], unclear: none }
    const runs = new RunsInFlight({ settings, ledger, kin: (m) => [m], submitter })
    // 300,000 gas at 3 gwei and what was reckoned with, at 2,000 dollars a coin, beside the dollar that is booked
    const most = 2_000n * (300_000n * 3n * 10n ** 9n + run.gasCostWei)
    const left = runs.lossLeftUsd8('m', '2026-11-27')
    const expected = 19n * 10n ** 8n - most / 10n ** 10n
    expect([left <= expected, left > expected - 1_000n]).toEqual([true, true])
    // and no less once its nonce is gone without a receipt
    const gone = { inFlight: none, unclear: () => [tracked] }
    const doubted = new RunsInFlight({ settings, ledger, kin: (m) => [m], submitter: gone })
    expect(doubted.lossLeftUsd8('m', '2026-11-27')).toBeLessThanOrEqual(left)
  })
})

describe('the dollar price that a budget is measured with', () => {
  /** Pools that pay so many coins for a coin of the chain. */
  class Pays extends Exits {
    constructor(private readonly coins: bigint | null) {
      super(PoolBook.of(0, []), TOKEN, COIN)
    }
    override payFor(): bigint | null {
      return this.coins
    }
  }
  const at = (doubt: NativeDoubt, usd: bigint, seconds: bigint, coins: bigint | null = 2_000n * WAD): string | null =>
    doubt.at({ head: { ...HEAD, timestamp: NOW + seconds }, exits: new Pays(coins) }, valuationAt(usd * 10n ** 8n))

  it('is not believed when it loses half of itself within the window, however it rises', () => {
    const doubt = new NativeDoubt({ priceWindowSeconds: 600n })
    for (let i = 0n; i < 5n; i++) expect(at(doubt, 2_000n, i)).toBeNull()
    expect([at(doubt, 1_001n, 5n), at(doubt, 9_000n, 6n)]).toEqual([null, null])
    expect(at(doubt, 999n, 7n)).toMatch(
      /^the native token's price in USD \(8 decimals\) is in doubt: the price is 99900000000, its median/,
    )
  })

  it('is not believed from the first block on where the pools contradict it, or tell nothing', () => {
    const first = (usd: bigint, coins: bigint | null = 2_000n * WAD) =>
      at(new NativeDoubt({ priceWindowSeconds: 600n }), usd, 0n, coins)
    // a coin may have lost its peg, but is not worth a cent
    expect([first(2_000n), first(200n), first(6_000n)]).toEqual([null, null, null])
    expect(first(2n)).toBe(
      'the native token is priced at 2.00 USD, and the pools pay 2000 coins for it: a coin would be worth 0.00',
    )
    expect(first(2_000n, null)).toMatch(/^no pool tells/)
  })

  it('in doubt, no price is told and nothing is left to lose, however near zero it is', () => {
    const doubt = 'a coin would be worth 0.00'
    const block = { ...blockWith(pokeOn('poke/1'), 1n), doubt }
    expect(codeOf(priceUpkeep(deskWith(PLENTY), { ...block, doubt: null }, NOW))).toBe('told')
    expect(priceUpkeep(deskWith(PLENTY), block, NOW)).toMatchObject({ code: 'absurd-price', detail: doubt })
    expect(lossLeftAt(deskWith(PLENTY), block)).toBe(0n)
    expect(deskRun(deskWith(PLENTY), block, { legs: [], calls: [] }).grossWei).toBe(1n)
  })
})
