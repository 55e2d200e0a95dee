import { FlashbotsBundleProvider, type FlashbotsTransactionResponse } from '@flashbots/ethers-provider-bundle'
import { concat, JsonRpcProvider, keccak256, Wallet } from 'ethers'
import { authKey, GWEI, MARKET, startLab, type Lab } from './lab.js'

// the published client library against the double: what it sends is understood, what it gets it can read
let lab: Lab
let node: JsonRpcProvider
let flashbots: FlashbotsBundleProvider

beforeAll(async () => {
  lab = await startLab({
    relays: [
      { name: 'flashbots', personality: 'flashbots' },
      { name: 'buildernet', personality: 'buildernet' },
      { name: 'titan', personality: 'titan' },
      { name: 'nullResult', personality: 'nullResult' },
    ],
  })
  node = new JsonRpcProvider(lab.proxy.rpcUrl, 31_337, { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true })
  flashbots = await clientOf('flashbots')
})
afterAll(async () => {
  node.destroy()
  await lab.stop()
})

const clientOf = (relay: string, auth = authKey): Promise<FlashbotsBundleProvider> =>
  FlashbotsBundleProvider.create(node, auth, lab.builder.relayUrl(relay), 31_337)

const succeeded = <T extends object>(answer: T): Exclude<T, { error: unknown }> => {
  if ('error' in answer) throw new Error(JSON.stringify(answer.error))
  return answer as Exclude<T, { error: unknown }>
}

describe('the published client library', () => {
  it('lands a bundle and finds its receipts', async () => {
    const raw = [await lab.sign(0, { value: 3n }), await lab.sign(1)]
    const target = (await lab.head()) + 1
    const sent = succeeded(await flashbots.sendRawBundle(raw, target)) as FlashbotsTransactionResponse
    expect(sent.bundleHash).toBe(keccak256(concat(raw.map((one) => keccak256(one)))))
    await lab.builder.produceBlock()
    const receipts = await sent.receipts()
    expect(receipts.map((receipt) => receipt.blockNumber)).toEqual([target, target])
  })

  it('signs and sends with its own options, which are kept', async () => {
    const wallet = new Wallet(`0x${'22'.repeat(32)}`, node)
    await lab.anvil.rpc('anvil_setBalance', [wallet.address, '0xde0b6b3a7640000'])
    const fees = { gasLimit: 50_000n, maxFeePerGas: 50n * GWEI, maxPriorityFeePerGas: GWEI }
    const target = (await lab.head()) + 1
    const options = { minTimestamp: 1, maxTimestamp: 4_000_000_000 }
    const sent = succeeded(
      await flashbots.sendBundle(
        [{ signer: wallet, transaction: { type: 2, chainId: 31_337, to: wallet.address, nonce: 0, ...fees } }],
        target,
        options,
      ),
    ) as FlashbotsTransactionResponse
    expect((await lab.builder.produceBlock()).transactions).toEqual(sent.bundleTransactions.map(({ hash }) => hash))
  })

  it('simulates: payments, gas, and a revert that the answer carries beside the results', async () => {
    const head = await lab.head()
    const raw = [await lab.sign(0, { value: 7n, tip: 2n * GWEI }), await lab.sign(1, { data: '0xdeadbeef' })]
    const simulated = succeeded(await flashbots.simulate(raw, head + 1))
    const [paying, failing] = simulated.results
    const base = BigInt(((await lab.rpc('eth_getBlockByNumber', ['pending', false])) as Block).baseFeePerGas)
    expect(base).toBeGreaterThan(0n)
    expect(simulated.stateBlockNumber).toBe(head)
    expect(simulated.ethSentToCoinbase).toBe(7n)
    expect(simulated.coinbaseDiff).toBe(simulated.gasFees + 7n)
    expect(paying).toMatchObject({ txHash: keccak256(raw[0] ?? ''), value: '0x', ethSentToCoinbase: '7' })
    expect(BigInt(paying?.gasFees ?? 0)).toBe(BigInt(paying?.gasUsed ?? 0) * 2n * GWEI)
    expect(failing).toMatchObject({ error: 'execution reverted', revert: '0xdeadbeef' })
    expect(simulated.firstRevert).toEqual(failing)
    expect(simulated.totalGasUsed).toBe((paying?.gasUsed ?? 0) + (failing?.gasUsed ?? 0))
    // nothing of it happened
    expect(await lab.head()).toBe(head)
    expect(await lab.rpc('eth_getTransactionByHash', [keccak256(raw[0] ?? '')])).toBeNull()
  })

  it('simulates on an older state and says why a simulation is impossible', async () => {
    const state = (await lab.head()) - 1
    const raw = await lab.sign(5, { to: MARKET, value: 1n })
    const old = succeeded(await flashbots.simulate([raw], state + 1, state, 1_900_000_000))
    expect(old).toMatchObject({ stateBlockNumber: state, firstRevert: { error: 'execution reverted' } })
    const stale = await flashbots.simulate([await lab.sign(0, { nonce: 0 })], state + 2)
    expect(stale).toMatchObject({
      error: { code: -32000, message: expect.stringContaining('nonce too low') as string },
    })
  })

  it('cancels by uuid', async () => {
    const replacementUuid = 'c0ffee00-0000-4000-8000-000000000001'
    const raw = await lab.sign(0)
    const sent = await flashbots.sendRawBundle([raw], (await lab.head()) + 1, { replacementUuid })
    const { bundleHash } = sent as FlashbotsTransactionResponse
    const stranger = await clientOf('flashbots', new Wallet(`0x${'33'.repeat(32)}`))
    expect(await stranger.cancelBundles(replacementUuid)).toEqual({ bundleHashes: [] })
    expect(await flashbots.cancelBundles(replacementUuid)).toEqual({ bundleHashes: [bundleHash] })
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
  })

  it('reads the statistics of bundle and user', async () => {
    const target = (await lab.head()) + 1
    const sent = await flashbots.sendRawBundle([await lab.sign(0, { value: 9n })], target)
    const { bundleHash } = sent as FlashbotsTransactionResponse
    expect(await flashbots.getBundleStatsV2(bundleHash, target)).toMatchObject({ isSimulated: false })
    await lab.builder.produceBlock()
    const stats = succeeded(await flashbots.getBundleStatsV2(bundleHash, target))
    expect(stats).toMatchObject({ isSimulated: true, isHighPriority: false })
    expect(stats.sealedByBuildersAt).toHaveLength(1)
    expect(new Date(stats.simulatedAt) >= new Date(stats.receivedAt)).toBe(true)
    const user = succeeded(await flashbots.getUserStatsV2())
    const paid = lab.builder
      .records()
      .reduce((sum, { outcome }) => sum + (outcome.kind === 'landed' ? outcome.paidWei : 0n), 0n)
    expect(user.allTimeValidatorPayments).toBe(String(paid))
    expect(BigInt(user.last1dGasSimulated)).toBeGreaterThan(21_000n)
  })

  it('sends and cancels a private transaction, which waits for a block that takes it', async () => {
    const first = await lab.sign(6)
    const sent = await flashbots.sendPrivateTransaction({ signedTransaction: first })
    expect(sent).not.toHaveProperty('error')
    await lab.builder.produceBlock({ local: true })
    expect((await lab.builder.produceBlock()).transactions).toEqual([keccak256(first)])
    const second = await lab.sign(6)
    await flashbots.sendPrivateTransaction({ signedTransaction: second })
    expect(await flashbots.cancelPrivateTransaction(keccak256(second))).toBe(true)
    expect((await lab.builder.produceBlock()).transactions).toEqual([])
  })

  it('meets the other relays: Titan without uuid rules, errors as HTTP 4xx, and a null result after acceptance', async () => {
    const raw = await lab.sign(0)
    const target = (await lab.head()) + 1
    const titan = await clientOf('titan')
    expect(await titan.sendRawBundle([raw], target, { replacementUuid: 'any text' })).not.toHaveProperty('error')
    const buildernet = await clientOf('buildernet')
    await expect(buildernet.sendRawBundle([raw], target - 1)).rejects.toThrow(/status 400.*in the past/s)
    const nullResult = await clientOf('nullResult')
    await expect(nullResult.sendRawBundle([raw], target)).rejects.toThrow(TypeError)
    expect((await lab.builder.produceBlock()).landed).toHaveLength(2)
  })
})

interface Block {
  readonly baseFeePerGas: string
}
