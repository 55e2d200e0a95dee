import { dearestBaseFee, nextBaseFee } from '../../src/domain/base-fee.js'

const head = (gasUsed: bigint, baseFeePerGas = 1_000_000_000n) => ({ gasUsed, gasLimit: 30_000_000n, baseFeePerGas })

test('the next base fee follows EIP-1559: the figures of its text', () => {
  expect(nextBaseFee(head(15_000_000n))).toBe(1_000_000_000n)
  expect(nextBaseFee(head(30_000_000n))).toBe(1_125_000_000n)
  expect(nextBaseFee(head(0n))).toBe(875_000_000n)
  expect(nextBaseFee(head(15_000_001n, 7n))).toBe(8n)
})

test("where the parameters are not Ethereum's, a cost is rather too high than too low", () => {
  expect(dearestBaseFee(head(0n), 'bundle')).toBe(875_000_000n)
  expect(dearestBaseFee(head(0n), 'sequencer')).toBe(1_125_000_000n)
  expect(dearestBaseFee(head(30_000_000n, 7n), 'privateRpc')).toBe(8n)
})
