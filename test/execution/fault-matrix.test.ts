import { keccak256 } from 'ethers'
import { FAULT_NAMES, type FaultName } from '../../src/devnet/fault-names.js'
import { RELAY_FAULTS, type RelayFaultKind } from '../../src/devnet/builder/relay-faults.js'
import type { RelayFaultOptions } from '../../src/devnet/builder/relay-fault-queue.js'
import type { Hex } from '../../src/domain/chain.js'
import type { Behind } from '../../src/domain/opportunity.js'
import { accountOf } from '../devnet/builder/lab.js'
import { EXECUTOR } from './support/keeper.js'
import { Ring } from './support/ring.js'
import { PART, PRICE, STALE } from './support/stand-in.js'

let ring: Ring
beforeAll(async () => {
  ring = await Ring.open()
})
afterAll(() => ring.close())
afterEach(() => {
  expect(ring.problems()).toEqual([])
})

type Scenario = () => Promise<void>
const usedKinds = new Set<RelayFaultKind>()

/** Signed by a stranger, for the stand-in. */
const stranger = async (data: string, tip = 1n, account = 3): Promise<Hex> =>
  (await ring.lab.sign(account, { to: EXECUTOR, data, tip })) as Hex
const transmission = async (data: string): Promise<Behind> => {
  const raw = await stranger(data)
  return { kind: 'transmit', raw, hash: keccak256(raw) as Hex }
}
const newestReason = (): string | undefined => {
  const outcome = ring.lab.builder.records().at(-1)?.outcome
  return outcome?.kind === 'dropped' ? outcome.reason : outcome?.kind
}

/**
 * One relay has the fault and wins every block, the other is well: what was accepted lands in spite of its answer, what was
 * not is sent again for the next block with the same nonce; it lands once.
 */
function transport(kind: RelayFaultKind, options: RelayFaultOptions = {}): Scenario {
  usedKinds.add(kind)
  return async () => {
    await ring.fresh()
    const fault = { methods: ['eth_sendBundle'], location: ring.elsewhere.url, ...options }
    ring.lab.builder.fault('a', kind, fault)
    const first = await ring.offer()
    await ring.block({ winner: 'a' })
    const took = RELAY_FAULTS[kind].when === 'answer'
    // an idle connection that is cut before anything is answered is opened again: then the first block has it
    if (took) expect(ring.outcomes()).toEqual({ landed: 1 })
    for (let i = 0; i < 2 && ring.bookings() === 0; i++) {
      const again = await ring.offer()
      expect([again.intent.id, again.intent.nonce]).toEqual([first.intent.id, first.intent.nonce])
      // a relay that asked for a pause has it
      await ring.block(options.retryAfterSeconds === undefined ? { winner: 'a' } : {})
    }
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  }
}

const statuses = Object.fromEntries(
  ([400, 401, 403, 500, 502, 503] as const).flatMap((status) => [
    [`${status} with JSON`, transport('statusJson', { status })],
    [`${status} with HTML`, transport('statusHtml', { status })],
  ]),
) as Record<Extract<FaultName, `${number} with JSON` | `${number} with HTML`>, Scenario>

/** A rival's transaction comes before ours in the block. */
const before = async (...extraTransactionsBefore: readonly string[]): Promise<void> => {
  await ring.offer()
  await ring.block({ extraTransactionsBefore })
}

const SCENARIOS: Record<FaultName, Scenario> = {
  '429': transport('rateLimited'),
  '429 with Retry-After': transport('rateLimited', { retryAfterSeconds: 30 }),
  ...statuses,
  hang: transport('hang'),
  'accept, then hang': transport('acceptThenHang'),
  'slow drip': transport('slowDrip', { dripMs: 200 }),
  'reset before the body is read': transport('resetBeforeBody'),
  'reset after the body is read': transport('resetAfterBody'),
  'accept, then reset': transport('acceptThenReset'),
  redirect: transport('redirect'),
  'wrong id': transport('wrongId'),
  'null result': transport('nullResult'),
  'missing result': transport('missingResult'),
  'string result': transport('stringResult'),
  'error inside 200': transport('errorInside'),
  'string error': transport('stringError'),
  'invalid JSON': transport('invalidJson'),
  'empty answer': transport('empty'),
  'truncated gzip': transport('truncatedGzip'),
  '2 MB answer': transport('bigBody'),
  'duplicate answer': transport('duplicateAnswer'),

  'accepted and dropped': async () => {
    usedKinds.add('acceptAndDrop')
    await ring.fresh()
    for (const relay of ['a', 'b']) ring.lab.builder.fault(relay, 'acceptAndDrop', { times: 9 })
    await ring.offer()
    for (let i = 0; i < 3; i++) await ring.block()
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ expired: 1 }, 0])
  },
  'only the third attempt lands': async () => {
    await ring.fresh()
    for (const relay of ['a', 'b']) ring.lab.builder.fault(relay, 'acceptAndDrop', { times: 2 })
    const blocks: number[] = []
    const hashes = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const { attempts } = await ring.offer()
      blocks.push(attempts.at(-1)?.targetBlock ?? 0)
      for (const { transactionHash } of attempts) hashes.add(transactionHash)
      await ring.block()
    }
    expect(blocks).toEqual([0, 1, 2].map((i) => (blocks[0] ?? 0) + i))
    expect([ring.outcomes(), ring.bookings(), hashes.size]).toEqual([{ landed: 1 }, 1, 3])
  },
  'lands behind the transactions of others': async () => {
    await ring.fresh()
    await before(await ring.lab.sign(4), await ring.lab.sign(5))
    expect([ring.outcomes(), ring.lab.builder.records().at(-1)?.outcome]).toMatchObject([{ landed: 1 }, { index: 2 }])
  },
  'one block late': async () => {
    const head = await ring.fresh()
    await ring.offer()
    await ring.block({ local: true })
    await ring.block()
    // the double keeps it to its block, and the keeper counts what is on chain alone
    expect(ring.lab.builder.records().filter(({ firstBlock }) => firstBlock === head.number + 1)).toHaveLength(2)
    expect([ring.bookings(), ring.outcomes()]).toEqual([0, { pending: 1 }])
  },
  'a competitor lands first': async () => {
    await ring.fresh()
    await before(await stranger('0x'))
    expect([newestReason(), ring.bookings()]).toEqual(['reverted', 0])
  },
  'a competitor outbids': async () => {
    await ring.fresh()
    const { operator } = ring.keeper
    const balance = async () => ring.lab.anvil.rpc('eth_getBalance', [operator, 'latest'])
    const coins = await balance()
    await ring.offer()
    await ring.lab.send('b', [await stranger('0x', 100n * 10n ** 9n)])
    await ring.block()
    expect([newestReason(), ring.bookings(), await balance()]).toEqual(['landed', 0, coins])
    const ours = ring.lab.builder
      .records()
      .filter(({ relay }) => relay === 'a')
      .at(-1)
    expect(ours?.outcome).toMatchObject({ kind: 'dropped', reason: 'outbid' })
    for (let i = 0; i < 2; i++) await ring.block()
    expect([ring.outcomes(), await balance()]).toEqual([{ expired: 1 }, coins])
  },
  'partial liquidation before us': async () => {
    await ring.fresh()
    await ring.offer()
    // worth more per gas than our whole bid, and halves it: the builder takes ours for what is left of it, and so do the books
    await ring.lab.send('a', [await stranger(PART, 90n * 10n ** 9n)])
    await ring.block()
    const ours = ring.lab.builder
      .records()
      .filter(({ relay }) => relay === 'b')
      .at(-1)
    expect([ours?.outcome, ring.bookings()]).toMatchObject([{ kind: 'landed' }, 1])
  },
  'the price lands alone': async () => {
    await ring.fresh({ open: false })
    const follows = await transmission(PRICE.down)
    await ring.offer(follows)
    // the mempool's copy comes first: the bundle with it fails on its nonce, the variant without it lands
    await ring.block({ extraTransactionsBefore: follows.kind === 'transmit' ? [follows.raw] : [] })
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'the price is stale': async () => {
    await ring.fresh({ open: false })
    await ring.offer(await transmission(STALE))
    await ring.block()
    expect([newestReason(), ring.bookings()]).toEqual(['reverted', 0])
  },
  'liquidatable by time alone': async () => {
    const { timestamp } = await ring.fresh()
    await ring.fresh({ open: false, from: timestamp + 4n })
    await ring.offer()
    await ring.block()
    expect([newestReason(), ring.bookings()]).toEqual(['landed', 1])
  },
  'base fee rises by an eighth, again and again': async () => {
    await ring.fresh()
    const first = (await ring.offer()).attempts.at(-1)?.maxFeePerGas ?? 0n
    // further than any sequence of full blocks can go: it does not fit
    await ring.block({ baseFee: first + 1n })
    expect([newestReason(), ring.bookings()]).toEqual(['underpriced', 0])
    // the next attempt has the fees of the new head, and its ceiling holds to the last wei
    const second = (await ring.offer()).attempts.at(-1)
    await ring.block({ baseFee: (second?.maxFeePerGas ?? 0n) - (second?.maxPriorityFeePerGas ?? 0n) })
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'missed slot': async () => {
    const { timestamp } = await ring.fresh()
    await ring.offer()
    await ring.block({ timestamp: Number(timestamp) + 24 })
    expect(ring.outcomes()).toEqual({ landed: 1 })
  },
  'local block': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.block({ local: true })
    expect(newestReason()).toBe('local-block')
    await ring.offer()
    await ring.block()
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'two builders accept, one builds': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.block({ winner: 'b' })
    const last = ring.lab.builder.records().slice(-2)
    expect(last.map(({ outcome }) => outcome.kind).sort()).toEqual(['dropped', 'landed'])
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'cancelled bundle lands all the same': async () => {
    usedKinds.add('cancelLate')
    await ring.fresh()
    for (const relay of ['a', 'b']) ring.lab.builder.fault(relay, 'cancelLate', { methods: ['eth_cancelBundle'] })
    await ring.offer()
    ring.keeper.submitter.kill('test')
    await ring.block()
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'another transaction takes the nonce': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.block({ extraTransactionsBefore: [await ring.lab.sign(0, { to: accountOf(0).address })] })
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ outbid: 1 }, 0])
  },

  'reorg: ours is gone': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.block()
    await ring.lab.builder.reorg(1)
    await ring.keeper.submitter.onHead(await ring.head())
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ reorged: 1 }, 0])
    for (let i = 0; i < 3; i++) await ring.block({ local: true })
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ expired: 1 }, 0])
  },
  'reorg: ours lands one block later': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.block()
    await ring.lab.builder.reorg(1)
    await ring.keeper.submitter.onHead(await ring.head())
    await ring.offer()
    await ring.block()
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
  'reorg: unbundled': async () => {
    await ring.fresh({ open: false })
    const { attempts } = await ring.offer(await transmission(PRICE.down))
    await ring.block()
    expect(ring.outcomes()).toEqual({ landed: 1 })
    // a bandit includes ours without what it followed: alone it does nothing and costs its gas
    const ours = attempts.at(-1)?.transactionHash ?? ''
    await ring.lab.builder.reorg(1, { keepTransactions: [ours] })
    await ring.keeper.submitter.onHead(await ring.head())
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ reverted: 1 }, 1])
  },
  'reorg: copied calldata': async () => {
    await ring.fresh()
    const { attempts } = await ring.offer()
    await ring.block()
    const raw = (await ring.lab.anvil.rpc('eth_getTransactionByHash', [attempts.at(-1)?.transactionHash])) as {
      input: Hex
    }
    // the real executor obeys its operators alone (its own tests); here the copy simply wins the race
    await ring.lab.builder.reorg(1, { insert: [await stranger(raw.input)] })
    await ring.keeper.submitter.onHead(await ring.head())
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ reorged: 1 }, 0])
  },

  'no block at the head': () => node('null', ['eth_getBlockByNumber']),
  'RPC error while a head is read': () => node('error', ['eth_getTransactionCount']),
  'the connection to the node drops': () => node('disconnect', ['eth_getTransactionReceipt']),
  'stale head': async () => {
    const head = await ring.fresh()
    await ring.block({ local: true })
    // an offer on a head that is no more: the relays refuse the block that is past
    const answer = await ring.ask(head)
    if (!('code' in answer)) await ring.block()
    expect(ring.bookings()).toBe(0)
    await ring.offer()
    await ring.block()
    expect([ring.outcomes()['landed'], ring.bookings()]).toEqual([1, 1])
  },
  'heads are skipped': async () => {
    await ring.fresh()
    await ring.offer()
    await ring.lab.builder.produceBlock()
    for (let i = 0; i < 6; i++) await ring.lab.builder.produceBlock()
    await ring.keeper.submitter.onHead(await ring.head())
    expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
  },
}

/** While the node fails nothing is booked; the next head has everything. */
async function node(kind: 'null' | 'error' | 'disconnect', methods: readonly string[]): Promise<void> {
  await ring.fresh()
  await ring.offer()
  const end = await ring.lab.proxy.fault(kind, { methods })
  await ring.block().finally(end)
  expect([ring.outcomes()['landed'], ring.bookings()]).toEqual([undefined, 0])
  await ring.block({ local: true })
  expect([ring.outcomes(), ring.bookings()]).toEqual([{ landed: 1 }, 1])
}

test.each(FAULT_NAMES.map((name) => [name]))('%s', async (name) => {
  await SCENARIOS[name]()
})

test('every name has a scenario, and every fault that a relay can be given is in one', () => {
  expect(Object.keys(SCENARIOS).sort()).toEqual([...FAULT_NAMES].sort())
  expect([...usedKinds].sort()).toEqual(Object.keys(RELAY_FAULTS).sort())
})
