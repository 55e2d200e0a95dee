import { Wallet } from 'ethers'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missedJson, missedText } from '../../src/cli/missed-view.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { toAddress, type Address, type Head, type Hex } from '../../src/domain/chain.js'
import type { LiquidationEvent } from '../../src/domain/strategy.js'
import { attribute, type Known, type TakenIn } from '../../src/execution/misses/missed.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import { WETH, askOver, headOf, makeKeeper, opportunityFor, type KeeperParts } from './support/keeper.js'
import { A, someAttempt } from './support/records.js'

/** Anvil's second account: whoever is faster. */
const RIVAL = new Wallet('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d')
const COINBASE = A('9')

let anvil: Anvil
let sink: BundleSink
let dataDir = ''
let keeper: KeeperParts
let nonce = 0

beforeAll(async () => {
  anvil = await startAnvil({ autoMine: false })
  sink = await bundleSink()
  await anvil.rpc('anvil_setCoinbase', [COINBASE])
  await anvil.rpc('anvil_setBalance', [COINBASE, '0x1'])
})
afterAll(async () => {
  await sink.close()
  await anvil.stop()
})

describe('why a liquidation by somebody else was not ours', () => {
  const taken: TakenIn = { number: 102, timeMs: 10_000, seenAtMs: 11_500 }
  const attempt = someAttempt({ targetBlock: 102, deadlineBlock: 104, sentAtMs: 10_300 })
  const refusal = (code: 'below-min-profit' | 'lane-busy', lastBlock: number) =>
    ({ code, detail: 'so it is', firstBlock: 90, lastBlock }) as const
  const TABLE: readonly [string, Partial<Known>, string, number | null][] = [
    ['the market was not ready', { indexed: false }, 'not-indexed', null],
    ['our bundle was out for that block', { attempts: [attempt] }, 'outbid', 300],
    ['an older order of ours could still have landed', { attempts: [someAttempt({ sentAtMs: 9_000 })] }, 'outbid', 0],
    ['ours was sent after the block was seen', { attempts: [{ ...attempt, sentAtMs: 12_000 }] }, 'too-late', 500],
    ['ours was for the next block', { attempts: [{ ...attempt, targetBlock: 103 }] }, 'too-late', 0],
    ['it did not pay', { refusal: refusal('below-min-profit', 101) }, 'unprofitable', null],
    ['we said no', { refusal: refusal('lane-busy', 101) }, 'refused', null],
    ['what was said is long past', { refusal: refusal('lane-busy', 98) }, 'too-late', 1_500],
    [
      'a dry run sends nothing',
      { attempts: [{ ...attempt, relays: [] }], refusal: refusal('lane-busy', 101) },
      'refused',
      null,
    ],
    ['nobody could know before', {}, 'too-late', 1_500],
  ]
  test.each(TABLE)('%s', (_name, known, reason, lateMs) => {
    const found = attribute({ indexed: true, attempts: [], refusal: null, ...known }, taken)
    expect([found.reason, found.lateMs]).toEqual([reason, lateMs])
    expect(found.detail).not.toBe('')
  })
})

describe('on a chain', () => {
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'misses-'))
    sink.bundles.length = 0
    keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls: [sink.url], confirmations: 4 })
    await keeper.submitter.start(await headOf(anvil.rpc))
  })
  afterEach(async () => {
    await keeper.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** A block in which the rival pays `tip` per gas and `direct` to the fee recipient. */
  async function rivalBlock(tip: bigint, direct: bigint): Promise<{ head: Head; transaction: Hex; tips: bigint }> {
    const fees = { type: 2, chainId: 31337, gasLimit: 50_000, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: tip }
    const fields = { ...fees, nonce: nonce++, to: COINBASE, value: direct }
    const transaction = (await anvil.rpc('eth_sendRawTransaction', [await RIVAL.signTransaction(fields)])) as Hex
    await anvil.rpc('evm_mine', [])
    const receipt = (await anvil.rpc('eth_getTransactionReceipt', [transaction])) as { gasUsed: Hex }
    return { head: await headOf(anvil.rpc), transaction, tips: BigInt(receipt.gasUsed) * tip }
  }
  const event = (position: string, transactionHash: Hex): LiquidationEvent => ({
    ...{ market: 'm', position, collateral: WETH, debt: A('d'), repaid: 1n, seized: 1n },
    ...{ liquidator: toAddress(RIVAL.address), transactionHash },
  })

  test('outbid: the price of the winner to the wei, learned for the next bid, and remembered by the next start', async () => {
    const head = await headOf(anvil.rpc)
    await keeper.submitter.offer(opportunityFor('p1', head), head)
    // we bid half of 0.1, the rival pays 0.06 and tips
    const rival = await rivalBlock(10n ** 9n, 6n * 10n ** 16n)
    keeper.submitter.onLiquidation(event('p1', rival.transaction), rival.head)
    await until(() => keeper.ledger.misses().length === 1, 'the miss')
    const [missed] = keeper.ledger.misses()
    expect(missed).toMatchObject({ reason: 'outbid', market: 'm', position: 'p1', builder: COINBASE, lateMs: null })
    expect(missed?.priceWei).toBe(6n * 10n ** 16n + rival.tips)
    expect([missed?.bidWei, missed?.grossWei]).toEqual([5n * 10n ** 16n, 10n ** 17n])
    await keeper.submitter.onHead(rival.head)
    for (let i = 0; i < 4; i++) await anvil.rpc('evm_mine', [])
    // the next opportunity with this collateral bids one per cent more than that, rounded up
    const later = await headOf(anvil.rpc)
    await keeper.submitter.onHead(later)
    const answer = await keeper.submitter.offer(opportunityFor('p2', later), later)
    if ('code' in answer) throw new Error(answer.detail)
    expect(answer.attempts[0]?.opportunity.bidWei).toBe((10n ** 17n * 6_103n) / 10_000n)
    await keeper.stop()
    keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls: [sink.url] })
    expect(keeper.ledger.contests()).toMatchObject([{ won: false, priceBps: 6_003, builder: COINBASE }])
    expect(missedText(keeper.ledger.misses()).join('\n')).toMatch(/outbid +– +0x7099…79c8/)
    expect(JSON.parse(missedJson(keeper.ledger.misses()))).toMatchObject({ reasons: [{ reason: 'outbid', count: 1 }] })
  })

  test('what the ledger knows of a refusal explains a miss; a reorg takes it back; ours and the past are none', async () => {
    const head = await headOf(anvil.rpc)
    const no = { market: 'm', position: 'p1', code: 'below-min-profit' as const, detail: 'nets 3 wei' }
    keeper.ledger.refused([no], head.number)
    const rival = await rivalBlock(1n, 0n)
    keeper.submitter.onLiquidation(event('p1', rival.transaction), rival.head)
    const ours: Address = A('e')
    keeper.submitter.onLiquidation({ ...event('p2', rival.transaction), liquidator: ours }, rival.head)
    keeper.submitter.onLiquidation(event('p3', rival.transaction), { ...rival.head, number: head.number - 1 })
    keeper.submitter.onLiquidation(event('p4', rival.transaction), rival.head, false)
    await until(() => keeper.ledger.misses().length === 2, 'the misses')
    expect(keeper.ledger.misses().map(({ position, reason, detail }) => [position, reason, detail])).toEqual([
      ['p1', 'unprofitable', 'below-min-profit: nets 3 wei'],
      ['p4', 'not-indexed', 'the replica of its market was not ready'],
    ])
    await keeper.submitter.onHead(rival.head)
    await anvil.rpc('anvil_reorg', [1, []])
    nonce -= 1
    await keeper.submitter.onHead(await headOf(anvil.rpc))
    await until(() => keeper.ledger.misses().length === 0, 'the misses to be taken back')
  })
})
