import { Transaction, Wallet, keccak256 } from 'ethers'
import fc from 'fast-check'
import type { Address, Hex } from '../../src/domain/chain.js'
import { OperatorKey } from '../../src/execution/operator-key.js'
import { BodySigner } from '../../src/execution/relays/body-signer.js'

const SEED = 20_261_128
const hex = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as Hex)
const wei = fc.oneof(fc.constantFrom(0n, 1n, 127n, 128n, 255n, 256n), fc.bigInt(0n, 2n ** 120n))

test('a signed transaction is the byte for byte what the library signs', async () => {
  let cases = 0
  await fc.assert(
    fc.asyncProperty(
      hex(32, 32).filter((key) => !/^0x0*$/.test(key) && !key.startsWith('0xffffffff')),
      hex(20, 20),
      fc.oneof(hex(0, 3), hex(50, 60), hex(200, 2_000)),
      fc.record({
        chainId: fc.integer({ min: 1, max: 2 ** 40 }),
        nonce: fc.nat(),
        gasLimit: fc.bigInt(21_000n, 2n ** 63n),
      }),
      fc.tuple(wei, wei),
      async (privateKey, to, data, numbers, [a, b]) => {
        const fees = { maxFeePerGas: a > b ? a : b, maxPriorityFeePerGas: a > b ? b : a }
        const fields = { ...numbers, ...fees, to: to as Address, data }
        const signed = new OperatorKey(privateKey).sign(fields)
        expect(signed.raw).toBe(await new Wallet(privateKey).signTransaction({ type: 2, value: 0n, ...fields }))
        expect(signed.hash).toBe(keccak256(signed.raw))
        cases += 1
      },
    ),
    { seed: SEED, numRuns: 120 },
  )
  expect(cases).toBe(120)
})

test('a signature with a leading zero in r or s is encoded without it', () => {
  const key = new OperatorKey(`0x${'22'.repeat(32)}`)
  const fees = { gasLimit: 21_000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }
  let short = 0
  for (let nonce = 0; nonce < 600; nonce++) {
    const { raw } = key.sign({ chainId: 1, nonce, to: key.address, data: '0x', ...fees })
    const { signature } = Transaction.from(raw)
    if (/^0x00/.test(signature?.r ?? '') || /^0x00/.test(signature?.s ?? '')) short += 1
    if (nonce % 50 === 0) expect(Transaction.from(raw).from?.toLowerCase()).toBe(key.address)
  }
  expect(short).toBeGreaterThan(0)
})

test('neither key shows itself, and what is no key is not repeated', () => {
  const secret = `0x${'22'.repeat(32)}`
  expect(JSON.stringify([new OperatorKey(secret), new BodySigner(secret)])).not.toContain('2222')
  expect(() => new OperatorKey('0x1234')).toThrow(/not a private key/)
  expect(() => new BodySigner('0x1234')).toThrow(/not a private key/)
})
