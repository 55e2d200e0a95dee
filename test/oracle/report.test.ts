import fc from 'fast-check'
import { AbiCoder, Interface, getBytes, hexlify } from 'ethers'
import { forwardedTransmit } from '../../src/devnet/transmit.js'
import type { Address } from '../../src/domain/chain.js'
import { readReport } from '../../src/oracle/report.js'

const SEED = 20_260
const AGGREGATOR: Address = '0x00000000000000000000000000000000000000aa'
const FORWARDER: Address = '0x00000000000000000000000000000000000000bb'
const TRANSMIT = new Interface([
  'function transmit(bytes32[3] context, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs)',
])

const observations = fc
  .array(fc.bigInt({ min: -(2n ** 191n), max: 2n ** 191n - 1n }), { minLength: 1, maxLength: 31 })
  .map((list) => list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))

/** As an oracle network sends it, with signatures. */
function signed(sorted: readonly bigint[], epochAndRound: bigint): string {
  const report = AbiCoder.defaultAbiCoder().encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [1, `0x${'00'.repeat(32)}`, sorted, 5n],
  )
  const context = [1n, epochAndRound, 3n].map((word) => `0x${word.toString(16).padStart(64, '0')}`)
  const words = [`0x${'11'.repeat(32)}`, `0x${'22'.repeat(32)}`]
  return TRANSMIT.encodeFunctionData('transmit', [context, report, words, words, `0x${'33'.repeat(32)}`])
}

describe('a report', () => {
  test('is read as it was written, through a forwarder and without, by either way in', () => {
    let cases = 0
    const epochs = fc.bigInt({ min: 0n, max: 2n ** 40n - 1n })
    fc.assert(
      fc.property(observations, epochs, fc.boolean(), (sorted, epochAndRound, auctioned) => {
        cases++
        const answer = sorted[sorted.length >> 1]
        const data = forwardedTransmit(
          AGGREGATOR,
          { observationsTimestamp: 7, observations: sorted, epochAndRound },
          auctioned,
        )
        const known = { aggregator: AGGREGATOR, answer, epochAndRound }
        expect(readReport(FORWARDER, data)).toEqual({ ...known, forwarder: FORWARDER, auctioned })
        const direct = { ...known, forwarder: AGGREGATOR, auctioned: false }
        expect(readReport(AGGREGATOR, signed(sorted, epochAndRound))).toEqual(direct)
      }),
      { seed: SEED, numRuns: 300 },
    )
    expect(cases).toBe(300)
  })

  test('that is broken anywhere is null or a sound one, and never an exception', () => {
    const sound = forwardedTransmit(AGGREGATOR, {
      observationsTimestamp: 7,
      observations: [1n, 2n, 3n],
      epochAndRound: 9n,
    })
    const bytes = getBytes(sound)
    const outcomes = { read: 0, refused: 0 }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (place, value, length) => {
        const broken = bytes.slice(0, length < 40 ? bytes.length : length)
        broken[place % broken.length] = value
        const report = readReport(FORWARDER, hexlify(broken))
        if (report === null) outcomes.refused++
        else outcomes.read++
        if (report !== null) expect(report.answer < 2n ** 191n && report.answer >= -(2n ** 191n)).toBe(true)
      }),
      { seed: SEED, numRuns: 2_000 },
    )
    expect(outcomes.refused).toBeGreaterThan(500)
    expect(outcomes.read).toBeGreaterThan(0)
  })

  test.each([
    ['nothing', '0x'],
    ['no hex', 'forward'],
    ['another call', `0xa9059cbb${'00'.repeat(64)}`],
    ['too long', `0x6fadcf72${'00'.repeat(20_000)}`],
    [
      'unsorted observations',
      forwardedTransmit(AGGREGATOR, { observationsTimestamp: 1, observations: [2n, 1n, 3n], epochAndRound: 1n }),
    ],
    [
      'no observation',
      forwardedTransmit(AGGREGATOR, { observationsTimestamp: 1, observations: [], epochAndRound: 1n }),
    ],
    [
      'a length beyond the end',
      `0x6fadcf72${AGGREGATOR.slice(2).padStart(64, '0')}${'40'.padStart(64, '0')}${'ff'.padStart(64, '0')}`,
    ],
  ])('%s is none', (_name, data) => {
    expect(readReport(FORWARDER, data)).toBeNull()
  })
})
