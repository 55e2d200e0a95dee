import { AbiCoder, getBytes, Interface } from 'ethers'
import type { CallRequest, CallResult, Hex } from '../../src/domain/chain.js'
import { brotliLength, posterFeeWei, posterGas } from '../../src/profit/data-fee/arbitrum.js'
import { ENVELOPE_BYTES, LEG_BYTES, NO_DATA_FEE, ORDER_BYTES } from '../../src/profit/data-fee/data-fee.js'
import { fastLzLength } from '../../src/profit/data-fee/fast-lz.js'
import { GAS_PRICE_ORACLE, l1FeeWei, operatorFeeWei, type OpStackPrices } from '../../src/profit/data-fee/op-stack.js'
import { readDataFee } from '../../src/profit/data-fee/rollups.js'
import type { Order } from '../../src/domain/steps.js'
import { Random } from './support/random.js'

// figures of op-geth's core/types/rollup_cost_test.go (the contract call is transaction 0x8eb9dd4e… of OP Mainnet)
const EMPTY_TRANSACTION = '0xdd80808094095e7baea6a6c7c4c2dfeb977efac326af552d878080808080'
const CONTRACT_CALL =
  '0x02f901550a758302df1483be21b88304743f94f80e51afb613d764fa61751affd3313c190a86bb870151bd62fd12adb8e41ef24f3f0000000000000000000000000000000000000000000000000000000000000000006e000000000000000000000000af88d065e77c8cc2239327c5edb3a432268e5831000000000000000000000000000000000000000000000000000000000003c1e500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000a000000000000000000000000000000000000000000000000000000000000000148c89ed219d02f1a5be012c689b4f5b731827bebe000000000000000000000000c001a033fd89cb37c31b2cba46b6466e040c61fc9b2a3675a7f5f493ebd5ad77c497f8a07cdf65680e238392693019b4092f610222e71b7cec06449cb922b93b6a12744e'
const ISTHMUS_SCALAR = 1_439_103_868n
const PRICES: OpStackPrices = {
  l1BaseFee: 1_000_000_000n,
  blobBaseFee: 10_000_000n,
  baseFeeScalar: 2n,
  blobBaseFeeScalar: 3n,
  operatorConstantWei: 1_256_417_826_609_331_460n,
  operatorWeiPerMillionGas: ISTHMUS_SCALAR,
}

test.each([
  ['nothing', new Uint8Array(), 0],
  ['a thousand ones', new Uint8Array(1000).fill(1), 21],
  ['a thousand zeros', new Uint8Array(1000), 21],
  ['an empty transaction', getBytes(EMPTY_TRANSACTION), 31],
  ['a contract call', getBytes(CONTRACT_CALL), 202],
])('FastLZ measures %s as the OP stack does', (_name, data, length) => {
  expect(fastLzLength(data)).toBe(length)
})

test('FastLZ never adds more than a byte per run of literals (seed 5, 200 random inputs)', () => {
  const random = new Random(5)
  for (let i = 0; i < 200; i++) {
    const data = Uint8Array.from({ length: random.int(0, 3_000) }, () => random.int(0, random.int(1, 255)))
    expect(fastLzLength(data)).toBeLessThanOrEqual(data.length + Math.ceil(data.length / 32) + 1)
  }
})

test('the L1 fee is Fjord to the wei, small transactions at the least size', () => {
  for (const size of [100, 150, 170]) expect(l1FeeWei(PRICES, size)).toBe(3_203_000n)
  for (const size of [171, 175, 200]) expect(l1FeeWei(PRICES, size)).toBeGreaterThan(3_203_000n)
  const other = { l1BaseFee: 2_000_000n, blobBaseFee: 3_000_000n, baseFeeScalar: 20n, blobBaseFeeScalar: 15n }
  expect(l1FeeWei({ ...PRICES, ...other }, 235)).toBe(105_484n)
})

test('the operator fee is that of Isthmus and of Jovian, by the same two readings', () => {
  // op-geth rounds down, a cost is rounded up
  expect(operatorFeeWei(PRICES, 1_618n)).toBe(1_256_417_826_611_659_930n + 1n)
  const jovian = { ...PRICES, operatorWeiPerMillionGas: ISTHMUS_SCALAR * 100n * 1_000_000n }
  expect(operatorFeeWei(jovian, 1_618n)).toBe(1_256_650_673_615_173_860n)
})

test("Arbitrum's fee is 16 units a compressed byte, and is taken out of the gas limit", () => {
  const data = new Uint8Array(2_000)
  expect(brotliLength(data)).toBeLessThan(40)
  expect(posterFeeWei(7n, 500)).toBe(56_000n)
  const fee = posterFeeWei(1_000_000_000n, 500)
  const baseFee = 10_000_000n
  expect(posterGas(fee, baseFee)).toBeGreaterThan((fee * 125n) / (100n * baseFee))
  expect(posterGas(fee, baseFee)).toBeLessThan((fee * 126n) / (100n * baseFee))
})

const oracle = new Interface([
  'function l1BaseFee() view returns (uint256)',
  'function blobBaseFee() view returns (uint256)',
  'function baseFeeScalar() view returns (uint32)',
  'function blobBaseFeeScalar() view returns (uint32)',
  'function getOperatorFee(uint256 gasUsed) view returns (uint256)',
])
const word = (value: bigint): Hex => AbiCoder.defaultAbiCoder().encode(['uint256'], [value]) as Hex

/** Answers by the signatures of the contract's own interface. */
function oracleReader(prices: OpStackPrices, operator = true) {
  const answer = ({ to, data }: CallRequest): CallResult => {
    const call = oracle.parseTransaction({ data })
    if (call === null || to !== GAS_PRICE_ORACLE) return { ok: false, data: '0x' }
    if (call.name === 'getOperatorFee') {
      return operator
        ? { ok: true, data: word(operatorFeeWei(prices, call.args[0] as bigint)) }
        : { ok: false, data: '0x' }
    }
    return { ok: true, data: word(prices[call.name as keyof OpStackPrices]) }
  }
  return { calls: (requests: readonly CallRequest[]) => Promise.resolve(requests.map(answer)) }
}
const order = {} as Order
const calldata = `0x${'ab00'.repeat(600)}` as Hex

test('Optimism and Base: the exact order by its calldata, before that an upper bound', async () => {
  for (const chain of [10, 8453]) {
    const fee = await readDataFee(oracleReader(PRICES), chain, 1, 1n, () => calldata)
    const exact = fee.of(500_000n, order)
    const size = fastLzLength(getBytes(calldata))
    expect(exact.gas).toBe(0n)
    expect(exact.wei).toBeGreaterThan(l1FeeWei(PRICES, size + ENVELOPE_BYTES) + operatorFeeWei(PRICES, 500_000n))
    const bytes = ENVELOPE_BYTES + ORDER_BYTES + LEG_BYTES
    expect(fee.estimate(500_000n, 1).wei).toBeGreaterThanOrEqual((l1FeeWei(PRICES, bytes) * 9n) / 8n)
    expect(fee.estimate(500_000n, 2).wei).toBeGreaterThan(fee.estimate(500_000n, 1).wei)
  }
  const before = await readDataFee(oracleReader(PRICES, false), 10, 1, 1n, () => calldata)
  expect(before.of(500_000n, order).wei).toBeLessThan(PRICES.operatorConstantWei)
})

test('Arbitrum: wei and the gas for it; elsewhere nothing is read and nothing charged', async () => {
  const unit = 2_000_000_000n
  const reader = {
    calls: (all: readonly CallRequest[]) => Promise.resolve(all.map(() => ({ ok: true, data: word(unit) }))),
  }
  const fee = await readDataFee(reader, 42161, 1, 10_000_000n, () => calldata)
  const charge = fee.of(1n, order)
  const least = posterFeeWei(unit, brotliLength(getBytes(calldata)))
  expect(charge.wei).toBeGreaterThan(least)
  expect(charge.gas).toBeGreaterThan(least / 10_000_000n)
  const none = { calls: () => Promise.reject(new Error('must not be asked')) }
  expect(await readDataFee(none, 1, 1, 1n, () => calldata)).toBe(NO_DATA_FEE)
})

test('an oracle that does not answer is an error, never a fee of zero', async () => {
  const silent = {
    calls: (all: readonly CallRequest[]) => Promise.resolve(all.map((): CallResult => ({ ok: false, data: '0x' }))),
  }
  for (const chain of [10, 8453, 42161])
    await expect(readDataFee(silent, chain, 1, 1n, () => calldata)).rejects.toMatchObject({ code: 'data-fee' })
})
