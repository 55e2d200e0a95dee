import { JsonRpcProvider, keccak256 } from 'ethers'
import { accountOf, accounts, GWEI, MARKET, PAYER, PRICE_ONE, startLab, type Lab } from '../builder/lab.js'

let lab: Lab
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab.stop())
afterEach(async () => {
  await lab.builder.produceBlock()
})

const address = (index: number): string => accountOf(index).address.toLowerCase()

describe('a publicly sent transaction', () => {
  it('waits in the pool, where everybody sees it, and is in the next block', async () => {
    const raw = await lab.sign(0, { value: 5n })
    const hash = await lab.rpc('eth_sendRawTransaction', [raw])
    expect(hash).toBe(keccak256(raw))
    expect(await lab.rpc('eth_getTransactionByHash', [hash])).toMatchObject({ hash, blockHash: null, from: address(0) })
    expect(await lab.rpc('eth_getRawTransactionByHash', [hash])).toBe(raw)
    expect(await lab.rpc('eth_getTransactionReceipt', [hash])).toBeNull()
    expect(await lab.rpc('txpool_status', [])).toEqual({ pending: '0x1', queued: '0x0' })
    expect(await lab.rpc('txpool_content', [])).toMatchObject({
      pending: { [address(0)]: { 0: { hash } } },
      queued: {},
    })
    expect(await lab.rpc('eth_getTransactionCount', [address(0), 'pending'])).toBe('0x1')
    expect(await lab.rpc('eth_getTransactionCount', [address(0), 'latest'])).toBe('0x0')
    expect(await lab.rpc('eth_getBlockByNumber', ['pending', false])).toMatchObject({ transactions: [hash] })
    // anvil itself knows nothing of it yet
    expect(await lab.anvil.rpc('eth_getTransactionByHash', [hash])).toBeNull()
    await lab.builder.produceBlock()
    expect(await lab.rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1', blockNumber: '0x2' })
    expect(await lab.rpc('txpool_status', [])).toEqual({ pending: '0x0', queued: '0x0' })
  })

  it('changes the pending state and not the latest one', async () => {
    const sender = address(1)
    const funds = BigInt((await lab.rpc('eth_getBalance', [sender, 'latest'])) as string)
    await lab.rpc('eth_sendRawTransaction', [await lab.sign(1, { to: MARKET, data: PRICE_ONE, value: 9n })])
    const take = { from: address(2), to: MARKET }
    await expect(lab.rpc('eth_call', [take, 'latest'])).rejects.toMatchObject({ data: { code: 3 } })
    expect(await lab.rpc('eth_call', [take, 'pending'])).toBe('0x')
    expect(await lab.rpc('eth_getStorageAt', [MARKET, '0x0', 'pending'])).toBe(PRICE_ONE)
    expect(await lab.rpc('eth_getStorageAt', [MARKET, '0x0', 'latest'])).toBe(`0x${'0'.repeat(64)}`)
    expect(BigInt((await lab.rpc('eth_getBalance', [sender, 'pending'])) as string)).toBeLessThan(funds - 9n)
    expect(await lab.rpc('eth_getBalance', [sender, 'latest'])).toBe(`0x${funds.toString(16)}`)
    expect(await lab.rpc('eth_getCode', [PAYER, 'pending'])).toBe(await lab.rpc('eth_getCode', [PAYER, 'latest']))
    const gas = Number(await lab.rpc('eth_estimateGas', [take, 'pending']))
    expect(gas).toBeGreaterThan(21_000)
    expect(gas).toBeLessThan(60_000)
    const failing = { from: address(2), to: PAYER, data: '0xdead' }
    await expect(lab.rpc('eth_call', [failing, 'pending'])).rejects.toMatchObject({ data: { code: 3, data: '0xdead' } })
    await expect(lab.rpc('eth_estimateGas', [failing, 'pending'])).rejects.toMatchObject({ data: { code: 3 } })
  })

  it('is recorded with time, method, sender, nonce, hash and target, refused ones too', async () => {
    const before = lab.proxy.publicTransactions().length
    const raw = await lab.sign(3, { value: 1n })
    const started = Date.now()
    await lab.rpc('eth_sendRawTransaction', [raw])
    await expect(lab.rpc('eth_sendRawTransaction', [raw])).rejects.toThrow('already known')
    await expect(lab.rpc('eth_sendRawTransaction', ['0x1234'])).rejects.toThrow('Failed to decode transaction')
    const sent = await lab.rpc('eth_sendTransaction', [{ from: address(4), to: PAYER, value: '0x2' }])
    const answer = await fetch(lab.proxy.publicTransactionsUrl)
    const records = (await answer.json()) as { time: number }[]
    expect(records).toEqual(lab.proxy.publicTransactions())
    const common = { from: address(3), nonce: 0, hash: keccak256(raw), to: PAYER, method: 'eth_sendRawTransaction' }
    expect(records.slice(before)).toMatchObject([
      { ...common, accepted: true },
      { ...common, accepted: false },
      { method: 'eth_sendRawTransaction', from: null, nonce: null, hash: null, to: null, accepted: false },
      { method: 'eth_sendTransaction', from: address(4), nonce: 0, hash: sent, to: PAYER, accepted: true },
    ])
    expect(records.at(-1)?.time).toBeGreaterThanOrEqual(started)
  })

  it('of an unlocked account is filled in, signed and mined in the next block', async () => {
    const from = address(5)
    const price = `0x${'2'.padStart(64, '0')}`
    const sends = [{ to: MARKET, data: price }, { to: PAYER, value: '0x7' }, { data: '0x5f5ff3' }]
    const hashes = await Promise.all(sends.map((wish) => lab.rpc('eth_sendTransaction', [{ from, ...wish }])))
    const block = await lab.builder.produceBlock()
    expect([...block.transactions].sort()).toEqual([...(hashes as string[])].sort())
    expect([...block.succeeded.values()]).toEqual([true, true, true])
    expect(await lab.rpc('eth_getStorageAt', [MARKET, '0x0', 'latest'])).toBe(price)
    await expect(lab.rpc('eth_sendTransaction', [{ from: PAYER, to: PAYER }])).rejects.toThrow('unknown account')
    const reverting = { from, to: PAYER, data: '0x01' }
    await expect(lab.rpc('eth_sendTransaction', [reverting])).rejects.toMatchObject({ data: { code: 3, data: '0x01' } })
  })

  it('is refused, replaced or kept as a node would', async () => {
    const send = async (...wish: Parameters<Lab['sign']>): Promise<unknown> =>
      lab.rpc('eth_sendRawTransaction', [await lab.sign(...wish)])
    await expect(send(0, { nonce: 0 })).rejects.toThrow('nonce too low')
    await expect(send(0, { chainId: 1 })).rejects.toThrow('invalid chain id')
    await expect(send(0, { value: 10n ** 24n })).rejects.toThrow('insufficient funds')
    await expect(send(0, { gasLimit: 20_000n })).rejects.toThrow('intrinsic gas too low')
    await expect(send(0, { gasLimit: 30_000_001n })).rejects.toThrow('exceeds block gas limit')
    await send(6, { tip: 10n * GWEI })
    await expect(send(6, { value: 1n, tip: 10n * GWEI })).rejects.toThrow('replacement transaction underpriced')
    const better = await send(6, { tip: 11n * GWEI, maxFeePerGas: 110n * GWEI })
    await send(6, { nonce: 5 })
    expect(await lab.rpc('txpool_status', [])).toEqual({ pending: '0x1', queued: '0x1' })
    expect((await lab.builder.produceBlock()).transactions).toEqual([better])
  })

  it('can be waited for', async () => {
    const receipt = lab.rpc('eth_sendRawTransactionSync', [await lab.sign(0)])
    while (lab.proxy.pool.list().length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    await lab.builder.produceBlock()
    expect(await receipt).toMatchObject({ status: '0x1' })
  })

  it('is what wallets and providers of ethers expect', async () => {
    const provider = new JsonRpcProvider(lab.proxy.rpcUrl, 31_337, {
      cacheTimeout: -1,
      staticNetwork: true,
      pollingInterval: 20,
    })
    const wallet = accountOf(7).connect(provider)
    const first = await wallet.sendTransaction({ to: PAYER, value: 1n })
    const second = await wallet.sendTransaction({ to: PAYER, value: 2n })
    expect(second.nonce).toBe(first.nonce + 1)
    await lab.builder.produceBlock()
    expect((await second.wait())?.status).toBe(1)
    provider.destroy()
  })
})

describe('a private transaction', () => {
  it('cannot be seen through the proxy before it is in a block, not even while that is made', async () => {
    const raw = await lab.sign(0, { to: MARKET, data: PRICE_ONE })
    const hash = keccak256(raw)
    const sender = address(0)
    const nonce = await lab.rpc('eth_getTransactionCount', [sender, 'latest'])
    const [queued] = (await Promise.all([lab.rpc('eth_newPendingTransactionFilter', [])])) as string[]
    await lab.send('flashbots', [raw])
    const seen = new Set<unknown>()
    let producing = true
    const spy = async (): Promise<void> => {
      while (producing) {
        const height = await lab.rpc('eth_blockNumber', [])
        const [transaction, count, status, block] = await Promise.all([
          lab.rpc('eth_getTransactionByHash', [hash]),
          lab.rpc('eth_getTransactionCount', [sender, 'pending']),
          lab.rpc('txpool_content', []),
          lab.rpc('eth_getBlockByNumber', ['pending', true]),
        ])
        const known = (transaction as { blockHash: string | null } | null)?.blockHash
        if ((await lab.rpc('eth_blockNumber', [])) === height)
          seen.add(JSON.stringify([known === null, count === nonce || known !== undefined, status]))
        expect(JSON.stringify([status, (block as { transactions: unknown }).transactions])).not.toContain(hash)
      }
    }
    const spying = spy()
    expect((await lab.builder.produceBlock()).transactions).toEqual([hash])
    producing = false
    await spying
    const waiting = lab.proxy.pool.list().map(({ from }) => from)
    expect([...seen].every((one) => (one as string).startsWith('[false,true,'))).toBe(true)
    expect(waiting).not.toContain(sender)
    expect(await lab.rpc('eth_getFilterChanges', [queued])).toEqual([])
    expect(await lab.rpc('eth_uninstallFilter', [queued])).toBe(true)
    expect(lab.proxy.publicTransactions().some((record) => record.hash === hash)).toBe(false)
    expect(accounts).toHaveLength(8)
  })
})
