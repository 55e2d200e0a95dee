import { Blocks } from '../../src/chain/blocks.js'
import { Canon, toRef, type HeadChange } from '../../src/chain/canon.js'
import { headAge, headAgeLimitMs } from '../../src/chain/head-age.js'
import { HeadFollower } from '../../src/chain/heads.js'
import { RpcClient } from '../../src/chain/rpc-client.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import type { BlockRef } from '../../src/domain/chain.js'
import { until } from '../support/until.js'
import { Recorder } from '../support/recorder.js'
import { FlakyNode } from './support/flaky-node.js'

describe('HeadFollower', () => {
  let anvil: Anvil
  let node: FlakyNode
  let spare: FlakyNode
  let seen: Recorder
  let end: (() => Promise<void>) | undefined
  /** The chain as a consumer that undoes and takes would hold it. */
  let followed: BlockRef[]
  let changes: HeadChange[]

  beforeAll(async () => {
    anvil = await startAnvil({ autoMine: false })
    const upstream = { http: anvil.rpcUrl, ws: anvil.wsUrl }
    node = await FlakyNode.before(upstream)
    spare = await FlakyNode.before(upstream)
  })
  afterAll(async () => {
    await node.stop()
    await spare.stop()
    await anvil.stop()
  })
  beforeEach(() => {
    seen = new Recorder()
    followed = []
    changes = []
    node.fault = 'none'
    node.webSockets = true
    node.answer = () => undefined
  })
  afterEach(() => end?.())

  const take = (change: HeadChange): Promise<void> => {
    changes.push(change)
    for (const ref of change.removed) expect(followed.pop()?.hash).toBe(ref.hash)
    for (const head of change.added) {
      const tip = followed.at(-1)
      if (!change.jumped && tip) expect(head.parentHash).toBe(tip.hash)
      followed.push(toRef(head))
    }
    return Promise.resolve()
  }

  async function follow(urls: string[], onChange = take, ageLimitMs?: number): Promise<HeadFollower> {
    const rpc = new RpcClient({ urls, chainId: 31_337, logger: seen, metrics: seen, deadlineMs: 500 })
    const heads = new HeadFollower(rpc, {
      chainId: 31_337,
      blockTimeSeconds: 0.4,
      byTimestamp: false,
      logger: seen,
      metrics: seen,
      ...(ageLimitMs === undefined ? {} : { ageLimitMs }),
    })
    const start = await new Blocks(rpc).latest()
    followed.push(toRef(start))
    const stop = new AbortController()
    const running = heads.run(new Canon(start), onChange, stop.signal)
    end = async () => {
      stop.abort()
      await running
      rpc.close()
      end = undefined
    }
    return heads
  }

  const mine = async (blocks: number): Promise<void> => {
    for (let i = 0; i < blocks; i++) await anvil.rpc('evm_mine', [])
  }
  const latestHash = async (): Promise<string> =>
    ((await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { hash: string }).hash
  const caughtUp = async (): Promise<void> => {
    const hash = await latestHash()
    await until(() => followed.at(-1)?.hash === hash, `the head ${hash} is followed`)
  }

  it('follows by subscription without a request per head', async () => {
    const heads = await follow([node.wsUrl])
    await until(() => heads.source.by === 'subscription', 'a subscription')
    await mine(1)
    await caughtUp()
    const before = node.requests
    await mine(5)
    await caughtUp()
    expect(node.requests - before).toBeLessThanOrEqual(3)
    expect(heads.staleness().stale).toBe(false)
  })

  it('fills gaps by parent hash, and jumps when the gap is too wide', async () => {
    await follow([node.url])
    await mine(12)
    await caughtUp()
    expect(followed).toHaveLength(13)
    await end?.()
    followed = []
    await follow([node.url])
    node.fault = '500'
    await mine(60)
    node.fault = 'none'
    await caughtUp()
    const jump = changes.find((change) => change.jumped)
    expect(jump?.ancestor?.hash).toBe(followed[0]?.hash)
    expect(jump?.added).toHaveLength(32)
  })

  it.each([1, 2, 3, 4, 5])('sees a reorg of depth %i by parent hash alone', async (depth) => {
    await follow([node.wsUrl])
    await mine(6)
    await caughtUp()
    await anvil.rpc('anvil_reorg', [depth, []])
    await caughtUp()
    expect(changes.flatMap((change) => change.removed)).toHaveLength(depth)
    expect(seen.counted('reorgs')).toBe(1)
    expect(seen.text()).toContain(`"depth":${depth}`)
  })

  it('polls when the subscription drops and subscribes again', async () => {
    const heads = await follow([node.wsUrl])
    await until(() => heads.source.by === 'subscription', 'a subscription')
    node.webSockets = false
    node.dropWebSockets()
    await until(() => heads.source.by === 'polling', 'polling')
    await end?.()
    // the same with a second endpoint: heads go on by polling it
    node.webSockets = true
    const both = await follow([node.wsUrl, spare.url])
    await until(() => both.source.by === 'subscription', 'a subscription')
    node.webSockets = false
    node.dropWebSockets()
    await mine(3)
    await caughtUp()
    expect(both.source).toMatchObject({ by: 'polling' })
    node.webSockets = true
    await until(() => both.source.by === 'subscription', 'a subscription again')
  })

  it('moves to the endpoint that is ahead when the first one stands still, and says so', async () => {
    const frozen = await anvil.rpc('eth_getBlockByNumber', ['latest', false])
    node.answer = ({ method, params }) =>
      method === 'eth_getBlockByNumber' && params?.[0] === 'latest' ? frozen : undefined
    const heads = await follow([node.url, spare.url], take, 300)
    await mine(2)
    await caughtUp()
    expect(seen.text()).toMatch(/movedTo/)
    expect(heads.source.endpoint).toContain(new URL(spare.url).host)
  })

  it('is stale with a reason while nothing answers, never throws, and offers a failed change again', async () => {
    let refusals = 2
    const heads = await follow(
      [node.url],
      (change) => (refusals-- > 0 ? Promise.reject(new Error('not now')) : take(change)),
      300,
    )
    await mine(2)
    await caughtUp()
    expect(seen.counted('head_faults')).toBe(2)
    node.fault = 'reset'
    await until(() => heads.staleness().stale, 'staleness')
    expect(heads.staleness().reason).toMatch(/^head \d+ is .* old, the limit is 0\.3 s/)
    node.fault = 'none'
    await until(async () => {
      await mine(1)
      await caughtUp()
      return !heads.staleness().stale
    }, 'a head that is fresh')
  })

  it('takes a chain that became shorter for what it is only after several looks', async () => {
    await follow([node.url])
    await mine(3)
    await caughtUp()
    await anvil.rpc('anvil_rollback', [2])
    await caughtUp()
    expect(changes.at(-1)?.removed).toHaveLength(2)
  })
})

describe('head age', () => {
  it('has the limits of the chain', () => {
    expect(headAgeLimitMs(1, 12)).toBe(30_000)
    expect(headAgeLimitMs(42_161, 0.25)).toBe(5_000)
    expect(headAgeLimitMs(100, 5)).toBe(10_000)
  })

  it('calls a head from the future stale, but not on a chain whose clock runs ahead', () => {
    const head = { number: 7, timestampMs: 120_000, receivedAtMs: 100_000 }
    expect(headAge(head, 105_000, 5_000, true)).toMatchObject({ stale: false })
    expect(headAge(head, 104_999, 5_000, true).reason).toMatch(/^head 7 is 15\.0 s in the future/)
    expect(headAge(head, 104_999, 5_000, true, true)).toMatchObject({ stale: false })
  })

  it('calls a node that syncs old blocks stale although heads come in', () => {
    const head = { number: 7, timestampMs: 1_000, receivedAtMs: 100_000 }
    expect(headAge(head, 100_100, 5_000, true)).toMatchObject({ stale: true, ageMs: 99_100 })
    expect(headAge(head, 100_100, 5_000, false)).toMatchObject({ stale: false, reason: null })
    expect(headAge(null, 0, 5_000, true).stale).toBe(true)
  })
})
