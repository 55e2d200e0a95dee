import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'

/** Without the wait one or two of these were lost on a busy machine. */
const ROUNDS = 300

describe('a revert right behind a transaction', () => {
  let anvil: Anvil
  beforeAll(async () => (anvil = await startAnvil()))
  afterAll(() => anvil.stop())

  it(`does not cost the next one of the same nonce its place, ${ROUNDS} times`, async () => {
    const [from, to] = (await anvil.rpc('eth_accounts', [])) as string[]
    for (let i = 0; i < ROUNDS; i++) {
      const snapshot = await anvil.rpc('evm_snapshot', [])
      for (let k = 0; k < 2; k++)
        await anvil.rpc('eth_sendTransactionSync', [{ from, to, value: '0x1', gas: '0x10000' }])
      await anvil.rpc('evm_revert', [snapshot])
    }
    expect(await anvil.rpc('txpool_status', [])).toEqual({ pending: '0x0', queued: '0x0' })
  })

  it('does not wait for a transaction that no block can take', async () => {
    const [from, to] = (await anvil.rpc('eth_accounts', [])) as string[]
    const snapshot = await anvil.rpc('evm_snapshot', [])
    // of a nonce that nothing leads up to
    await anvil.rpc('eth_sendTransaction', [{ from, to, nonce: '0x9', gas: '0x10000' }])
    expect(await anvil.rpc('evm_revert', [snapshot])).toBe(true)
    expect(await anvil.rpc('txpool_status', [])).toEqual({ pending: '0x0', queued: '0x1' })
  })
})
