import { Blocks } from '../../src/chain/blocks.js'
import { Canon, type HeadChange } from '../../src/chain/canon.js'
import { HeadQuorum } from '../../src/chain/head-quorum.js'
import { HeadFollower } from '../../src/chain/heads.js'
import { judge, type Vote } from '../../src/chain/quorum-vote.js'
import { RpcClient } from '../../src/chain/rpc-client.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import type { Hex } from '../../src/domain/chain.js'
import { Recorder } from '../support/recorder.js'
import { until } from '../support/until.js'
import { FlakyNode } from './support/flaky-node.js'

const A: Hex = `0x${'aa'.repeat(32)}`
const B: Hex = `0x${'bb'.repeat(32)}`
const C: Hex = `0x${'cc'.repeat(32)}`

describe('the vote', () => {
  const cases: readonly [string, readonly Vote[], number, string][] = [
    ['one endpoint', [A], 0, 'agreed'],
    ['one that has not answered yet', ['asking'], 0, 'asking'],
    ['two that agree', [A, A], 0, 'agreed'],
    ['two, one has not answered', [A, 'asking'], 0, 'asking'],
    ['two that differ', [A, B], 0, 'disputed'],
    ['two, one lags', [A, 'behind'], 0, 'agreed'],
    ['two, one is gone', [A, 'unreachable'], 0, 'agreed'],
    ['three, two agree, one has not answered', [A, A, 'asking'], 0, 'agreed'],
    ['three, two agree, one lies', [A, A, B], 0, 'agreed'],
    ['three, it is the liar', [A, B, B], 0, 'disputed'],
    ['three, it is the liar and the last has not answered', [A, B, 'asking'], 0, 'asking'],
    ['three of three opinions', [A, B, C], 0, 'disputed'],
    ['three, alone ahead of two that answer', [A, 'behind', 'behind'], 0, 'disputed'],
    ['three, one lags and one is gone', [A, 'behind', 'unreachable'], 0, 'agreed'],
    ['all three wanted, one lags', [A, A, 'behind'], 3, 'disputed'],
    ['all three wanted and there', [A, A, A], 3, 'agreed'],
    ['two wanted of five', [A, A, B, 'asking', 'asking'], 2, 'agreed'],
    ['nobody', ['unreachable', 'unreachable'], 0, 'disputed'],
  ]
  it.each(cases)('%s', (_name, votes, needed, verdict) => {
    expect(judge(A, votes, needed).is).toBe(verdict)
  })

  it('names the hash that most hold instead, and nobody where none has more than half', () => {
    expect(judge(A, [A, B, B], 0)).toMatchObject({ winner: B })
    expect(judge(A, [A, B], 0)).toMatchObject({ winner: null, why: '1 of 2 endpoints have another block' })
    expect(judge(A, [A, B, C], 0)).toMatchObject({ winner: null })
  })

  it('never agrees on what fewer than half of the voters hold, in any of all votes of up to five', () => {
    const kinds: readonly Vote[] = [A, B, 'asking', 'behind', 'unreachable']
    let seen = 0
    for (let code = 0; code < kinds.length ** 5; code++) {
      const votes = Array.from({ length: 5 }, (_, i) => kinds[Math.floor(code / kinds.length ** i) % kinds.length] ?? A)
      const [same, other] = [A, B].map((hash) => votes.filter((vote) => vote === hash).length)
      if (judge(A, votes, 0).is !== 'agreed') continue
      expect(same).toBeGreaterThan(other ?? 0)
      seen++
    }
    expect(seen).toBeGreaterThan(500)
  })
})

describe('heads of several endpoints', () => {
  let anvil: Anvil
  const nodes: FlakyNode[] = []
  let seen: Recorder
  let end: (() => Promise<void>) | undefined

  beforeAll(async () => {
    anvil = await startAnvil({ autoMine: false })
    for (let i = 0; i < 3; i++) nodes.push(await FlakyNode.before({ http: anvil.rpcUrl, ws: anvil.wsUrl }))
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await anvil.stop()
  })
  afterEach(async () => {
    await end?.()
    for (const node of nodes) {
      node.answer = () => undefined
      node.rewrite = (_question, result) => result
      node.fault = 'none'
    }
  })

  async function follow(count: number) {
    seen = new Recorder()
    const urls = nodes.slice(0, count).map(({ url }) => url)
    const common = { logger: seen, metrics: seen }
    const rpc = new RpcClient({ urls, chainId: 31_337, deadlineMs: 500, ...common })
    const quorum = new HeadQuorum({ rpc, needed: 0, lagMs: 400, ...common })
    const options = { chainId: 31_337, blockTimeSeconds: 0.4, byTimestamp: false, quorum, ...common }
    const heads = new HeadFollower(rpc, options)
    const start = await new Blocks(rpc).latest()
    const canon = new Canon(start)
    const changes: HeadChange[] = []
    const stop = new AbortController()
    /** What was objected in the moment in which a head was taken. */
    const atFirst = new Map<Hex, string | null>()
    const take = (change: HeadChange): Promise<void> => {
      changes.push(change)
      for (const { hash } of change.added) atFirst.set(hash, quorum.objection(hash))
      return Promise.resolve()
    }
    const running = heads.run(canon, take, stop.signal)
    end = async () => {
      stop.abort()
      await running
      rpc.close()
      end = undefined
    }
    return { rpc, quorum, heads, canon, changes, atFirst }
  }
  const mine = async (): Promise<Hex> => {
    await anvil.rpc('evm_mine', [])
    return ((await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { hash: Hex }).hash
  }
  /** Shows another block than the real one at the height of the head, with a hash of its own. */
  const lie = (node: FlakyNode, number: number, hash: Hex): void => {
    node.rewrite = (_question, result) => {
      const block = result as { number?: string } | null
      return typeof block === 'object' && Number(block?.number) === number ? { ...block, hash } : result
    }
  }
  const node = (i: number): FlakyNode => {
    const found = nodes[i]
    if (!found) throw new Error(`no node ${i}`)
    return found
  }

  it('objects until another endpoint has confirmed, says when it has, and asks each once', async () => {
    const { quorum, atFirst } = await follow(3)
    const agreed: Hex[] = []
    quorum.onAgreed = ({ hash }) => void agreed.push(hash)
    const hash = await mine()
    await until(() => quorum.objection(hash) === null, 'agreement')
    expect(atFirst.get(hash)).toMatch(/not .*confirmed|confirmed its hash yet/)
    expect(agreed).toEqual([hash])
    expect(quorum.objection(`0x${'99'.repeat(32)}`)).toMatch(/not compared/)
    expect(seen.counted('head_votes agreed')).toBe(1)
  })

  it('leaves the endpoint that the two others contradict, and never agrees on its block', async () => {
    const { quorum, canon, heads, changes } = await follow(3)
    const next = canon.tip.number + 1
    lie(node(0), next, A)
    let accepted = false
    const spy = setInterval(() => (accepted ||= quorum.objection(A) === null), 1)
    const real = await mine()
    await until(() => canon.tip.hash === real, 'the real head')
    clearInterval(spy)
    await until(() => quorum.objection(real) === null, 'agreement on the real head')
    expect(changes.some(({ added }) => added.some(({ hash }) => hash === A))).toBe(true)
    expect(accepted).toBe(false)
    expect(heads.source.endpoint).not.toBe(new URL(node(0).url).host)
    const [line] = seen.lines.filter(({ event, level }) => event === 'head-disputed' && level === 'error')
    expect(line?.fields).toMatchObject({ problem: '2 of 3 endpoints have another block', block: next })
    // it tells the truth again, but is asked last for a while
    node(0).rewrite = (_question, result) => result
    const before = node(0).asked.get('eth_getBlockByNumber') ?? 0
    const after = await mine()
    await until(() => canon.tip.hash === after && quorum.objection(after) === null, 'the next head')
    expect((node(0).asked.get('eth_getBlockByNumber') ?? 0) - before).toBeLessThanOrEqual(2)
  })

  it('of two that differ believes neither, reports it, and goes on when they agree', async () => {
    const { quorum, canon } = await follow(2)
    lie(node(1), canon.tip.number + 1, B)
    const hash = await mine()
    // the liar's own block may have been followed for a moment: the note is of the newest head
    await until(() => /1 of 2/.test(quorum.objection(hash) ?? '') && quorum.note !== null, 'a dispute')
    expect(quorum.note).toMatch(/endpoints disagree on block \d+: 1 of 2 endpoints have another block/)
    expect(seen.gauges.get('head_disputed')).toBe(1)
    node(1).rewrite = (_question, result) => result
    await until(() => quorum.objection(hash) === null && quorum.note === null, 'agreement')
    expect(seen.gauges.get('head_disputed')).toBe(0)
  })

  it('does not wait for one that lags, nor for one that is gone', async () => {
    const { quorum, canon } = await follow(2)
    node(1).rewrite = ({ method }, result) => (method === 'eth_getBlockByNumber' ? null : result)
    let hash = await mine()
    await until(() => canon.tip.hash === hash && quorum.objection(hash) === null, 'agreement without the one that lags')
    node(1).fault = 'reset'
    hash = await mine()
    await until(
      () => canon.tip.hash === hash && quorum.objection(hash) === null,
      'agreement without the one that is gone',
    )
  })
})
