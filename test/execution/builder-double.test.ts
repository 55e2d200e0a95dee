import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil } from '../../src/devnet/anvil.js'
import { startBuilder } from '../../src/devnet/builder/builder.js'
import { PublicPool } from '../../src/devnet/proxy/public-pool.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { until } from '../support/until.js'
import { askOver, headOf, makeKeeper, opportunityFor } from './support/keeper.js'

test('the real library against strict relays: one hangs, one answers null, one is rate limited, one is well; it lands once', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'double-'))
  const anvil = await startAnvil({ autoMine: false })
  const personalities = ['flashbots', 'nullResult', 'buildernet', 'titan'] as const
  const relays = personalities.map((personality) => ({ name: personality, personality }))
  const builder = await startBuilder({ anvil, pool: new PublicPool(), relays, manual: true })
  const keeper = makeKeeper({ dataDir, ask: askOver(anvil.rpc), relayUrls: builder.relayUrls })
  try {
    builder.fault('flashbots', 'hang', { times: 1 })
    builder.fault('buildernet', 'rateLimited', { times: 1 })
    const head = await headOf(anvil.rpc)
    await keeper.submitter.start(head)
    const before = BigInt((await anvil.rpc('eth_getBalance', [keeper.operator, 'latest'])) as string)
    await keeper.submitter.offer(opportunityFor('p1', head), head)
    await until(() => builder.records().length >= 2, 'the bundle at two relays')
    await builder.produceBlock()
    await keeper.submitter.onHead(await headOf(anvil.rpc))
    const { bookings, deltas } = keeper.ledger.report()
    expect(bookings).toHaveLength(1)
    expect(bookings[0]?.builder).toBe(builder.coinbase)
    const after = BigInt((await anvil.rpc('eth_getBalance', [keeper.operator, 'latest'])) as string)
    expect(deltas.get(NATIVE)).toBe(after - before)
  } finally {
    await keeper.stop()
    await builder.stop()
    await anvil.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
