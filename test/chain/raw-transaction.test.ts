import { Wallet, type TransactionLike } from 'ethers'
import { rawTransactionOf } from '../../src/chain/raw-transaction.js'
import { decodeSigned, pendingObject } from '../../src/devnet/proxy/decoded.js'

const CHAIN = 31_337
const wallet = new Wallet(`0x${'42'.repeat(32)}`)
const TO = '0x00000000000000000000000000000000000000aa'
const common = { to: TO, nonce: 7, gasLimit: 100_000n, value: 5n, data: '0x6fadcf7200', chainId: CHAIN }
const accessList = [{ address: TO, storageKeys: [`0x${'01'.padStart(64, '0')}`] }]

/** As a node shows it, and the bytes that were signed. */
async function signed(like: TransactionLike): Promise<{ body: Record<string, unknown>; raw: string }> {
  const raw = await wallet.signTransaction(like)
  return { raw, body: pendingObject(decodeSigned(raw)) }
}

test.each<[string, TransactionLike]>([
  ['a legacy one', { ...common, type: 0, gasPrice: 9n }],
  ['a legacy one without a chain', { ...common, type: 0, gasPrice: 9n, chainId: 0 }],
  ['one with an access list', { ...common, type: 1, gasPrice: 9n, accessList }],
  ['one of EIP-1559', { ...common, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n, accessList }],
])('the bytes of %s come out of its body', async (_name, like) => {
  for (let nonce = 0; nonce < 40; nonce++) {
    const { body, raw } = await signed({ ...like, nonce })
    expect(rawTransactionOf(body, CHAIN)).toMatchObject({ raw, hash: body['hash'], from: body['from'], to: TO })
  }
})

test('a body that does not belong to its hash, a blob transaction, a creation and nonsense are none', async () => {
  const { body } = await signed({ ...common, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n })
  const changes: Record<string, unknown>[] = [
    { nonce: '0x8' },
    { hash: `0x${'00'.repeat(32)}` },
    { type: '0x3' },
    { to: null },
    { input: 'nothing' },
    { r: null },
    { v: '0x', yParity: '0x' },
    { accessList: 'much' },
    { value: `0x${'f'.repeat(70)}` },
    { from: 7 },
  ]
  for (const change of changes) {
    const found = rawTransactionOf({ ...body, ...change }, CHAIN)
    // without a parity the first is tried, which may be the right one
    if (!('v' in change)) expect([change, found]).toEqual([change, null])
  }
  expect(rawTransactionOf({}, CHAIN)).toBeNull()
  expect(rawTransactionOf(body, 1)).toBeNull()
})
