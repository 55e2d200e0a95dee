import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli/main.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import { toAddress } from '../../src/domain/chain.js'
import { Redactor } from '../../src/ops/redaction.js'

describe('keeper sync', () => {
  let bed: AaveTestbed
  let folder: string

  beforeAll(async () => {
    bed = await startAaveTestbed()
    folder = mkdtempSync(join(tmpdir(), 'keeper-sync-'))
    const borrower = toAddress(`0x${'b7'.repeat(20)}`)
    await bed.supply('WETH', borrower, 10n ** 18n)
    await bed.borrow('USDC', borrower, 900n * 10n ** 6n)
    await bed.anvil.rpc('anvil_mine', ['0x6']) // it begins a little below the head
    writeFileSync(join(folder, 'markets.json'), JSON.stringify(bed.marketFile()))
  }, 60_000)
  afterAll(async () => {
    await bed.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const sync = async (...args: string[]): Promise<string[]> => {
    const said: string[] = []
    const env = {
      KEEPER_ENV_FILE: '',
      RPC_URLS: bed.anvil.rpcUrl,
      MARKETS_FILE: join(folder, 'markets.json'),
      DATA_DIR: folder,
    }
    const say = (line: string): void => void said.push(line)
    expect(await main(['sync', ...args], { env, out: say, note: say, redactor: new Redactor() })).toBe(0)
    return said
  }

  it.each([
    [['--from-genesis'], /is replayed from genesis: \d+ blocks, about \d+ requests for logs and \d+ or more batches/],
    [[], /goes on from its checkpoint: \d+ blocks, about \d+ requests/],
  ])('%p says what it takes, then what it found', async (args, estimate) => {
    const said = await sync(...args)
    expect(said[0]).toMatch(estimate)
    expect(said.at(-1)).toMatch(/: 1 positions with debt at block \d+$/)
  })
})
