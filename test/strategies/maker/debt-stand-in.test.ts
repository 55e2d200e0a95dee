import { KeeperError } from '../../../src/domain/errors.js'
import type { Address, CallRequest, Hex } from '../../../src/domain/chain.js'
import type { Contract, Receipt } from '../../../src/devnet/deployer.js'
import { address } from '../../contracts/support/executor-bed.js'
import { startMakerBed, type MakerBed } from './support/maker-bed.js'
import {
  readHistories,
  type History,
  type HistoryAct,
  type HistoryState,
  type Speaker,
} from './support/history-file.js'
import { what } from './support/maker-contracts.js'

const SINK = address(0x51)
/** Every how many recorded histories one is played here. */
const EVERY = process.env['TEST_LONG'] === '1' ? 1 : 2
const file = readHistories()
const trimmed = (hex: string): string => hex.replace(/(00)+$/, '')

describe('the stand-ins of Vow, Flopper and governance token do what was recorded of the real ones', () => {
  let bed: MakerBed
  let fresh: unknown

  beforeAll(async () => {
    bed = await startMakerBed()
    const { admin, vat, vow, flopper, gov } = bed
    await admin.send(flopper, 'set', [vow.address, 1n, 1n])
    await admin.send(gov, 'allow', [flopper.address])
    for (const from of file.addresses.bidders) await admin.send(vat, 'hope', [flopper.address], { from })
    fresh = await bed.anvil.rpc('evm_snapshot', [])
  }, 60_000)
  afterAll(() => bed.stop())

  async function setUp({ beg, pad, ttl, tau, sump, dump, start }: History): Promise<void> {
    const { admin, vat, vow, flopper, anvil } = bed
    await anvil.rpc('evm_revert', [fresh])
    fresh = await anvil.rpc('evm_snapshot', [])
    await admin.send(flopper, 'setTerms', [beg, pad, ttl, tau])
    await admin.send(vow, 'file', [what('sump'), sump])
    await admin.send(vow, 'file', [what('dump'), dump])
    await admin.send(vat, 'suck', [vow.address, SINK, start.sin])
    for (const [i, bidder] of file.addresses.bidders.entries())
      await admin.send(vat, 'suck', [SINK, bidder, start.dai[i + 1]])
  }

  /** What the stand-ins hold, in the record's form. */
  async function state(): Promise<HistoryState> {
    const { vat, vow, flopper, gov, reader } = bed
    const { bidders } = file.addresses
    const asks: [Contract, string, readonly unknown[]][] = [
      ...[1, 2, 3].map((id): [Contract, string, readonly unknown[]] => [flopper, 'bids', [id]]),
      ...[vow.address, ...bidders].map((one): [Contract, string, readonly unknown[]] => [vat, 'dai', [one]]),
      ...[vat].map((one): [Contract, string, readonly unknown[]] => [one, 'sin', [vow.address]]),
      ...['Sin', 'Ash'].map((name): [Contract, string, readonly unknown[]] => [vow, name, []]),
      ...bidders.map((one): [Contract, string, readonly unknown[]] => [gov, 'balanceOf', [one]]),
    ]
    const calls = asks.map(([to, name, args]): CallRequest => ({
      to: to.address,
      data: to.abi.encodeFunctionData(name, [...args]) as Hex,
    }))
    const results = await reader.calls(calls, (await bed.head()).number)
    const words = asks.map(([to, name], i) => {
      const result = results[i]
      if (result?.ok !== true) throw new Error(`${name} cannot be read`)
      return to.abi.decodeFunctionResult(name, result.data).toArray().map(String)
    })
    const all = words.flat()
    const at = (id: number): HistoryState['auctions'][number] => {
      const [bid = '', lot = '', guy = '', tic = '', end = ''] = all.slice(5 * id, 5 * id + 5)
      return [bid, lot, theirs(guy.toLowerCase()) as Address, tic, end]
    }
    const [sin = '', queued = '', onAuction = ''] = all.slice(19, 22)
    return { auctions: [0, 1, 2].map(at), dai: all.slice(15, 19), sin, queued, onAuction, gems: all.slice(22) }
  }

  const pairs = () => ({ vat: bed.vat, vow: bed.vow, flopper: bed.flopper, gem: bed.gov })
  const speakerOf = (one: string): Speaker | undefined =>
    (['vat', 'vow', 'flopper', 'gem'] as const).find((name) => pairs()[name].address.endsWith(one))

  /** Our addresses replaced by those of the record, all at once: some are addresses of both. */
  function theirs(text: string): string {
    const ours = new RegExp(
      Object.values(pairs())
        .map(({ address: one }) => one.slice(2))
        .join('|'),
      'g',
    )
    return text.replace(ours, (one) => file.addresses[speakerOf(one) ?? 'vat'].slice(2))
  }

  const logs = ({ logs: told }: Receipt): unknown =>
    told.map(({ address: by, topics, data }) => ({
      by: speakerOf(by.slice(2).toLowerCase()),
      topics: topics.map((topic) => trimmed(theirs(topic))),
      data: trimmed(theirs(data)),
    }))

  async function play({ kind, from, t, args }: HistoryAct): Promise<Pick<HistoryAct, 'error'> & { logs: unknown }> {
    const { admin, vow, flopper, anvil } = bed
    const sender = file.addresses.bidders[Number(from)] ?? admin.from
    await anvil.rpc('evm_setNextBlockTimestamp', [Number(t)])
    try {
      const on = kind === 'flop' || kind === 'cage' ? vow : flopper
      return { error: null, logs: logs(await admin.send(on, kind, args, { from: sender })) }
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error
      return { error: /(Flopper|Vow)\/[a-z-]+/.exec(error.message)?.[0] ?? error.message, logs: [] }
    }
  }

  test('auctions, books, coins, minted tokens and logs are equal after every act, refusals by name', async () => {
    const met = new Map<string, number>()
    for (const [n, one] of file.cases.entries()) {
      if (n % EVERY !== 0) continue
      await setUp(one)
      expect(await state()).toEqual(one.start)
      for (const [i, act] of one.acts.entries()) {
        const name = `${act.kind} ${act.error ?? 'lands'}`
        met.set(name, (met.get(name) ?? 0) + 1)
        const ours = await play(act)
        expect([n, i, name, ours.error]).toEqual([n, i, name, act.error])
        if (act.after === null) continue
        expect([n, i, name, await state()]).toEqual([n, i, name, act.after])
        // the shutdown calls also the Flapper, which has no stand-in
        if (act.kind !== 'cage') expect([n, i, name, ours.logs]).toEqual([n, i, name, act.logs])
      }
    }
    process.stderr.write(`debt stand-ins: ${[...met].map(([k, n]) => `${k} ${n}`).join(' · ')}\n`)
    for (const name of ['dent lands', 'deal lands', 'tick lands', 'yank lands', 'deal Flopper/not-finished'])
      expect([name, (met.get(name) ?? 0) > 3]).toEqual([name, true])
  }, 120_000)
})
