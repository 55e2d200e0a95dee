import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../src/cli/main.js'
import type { ScanRow } from '../../src/cli/scan.js'
import { toAddress } from '../../src/domain/chain.js'
import { whole } from '../../src/devnet/catalogue.js'
import { Redactor } from '../../src/ops/redaction.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'

const borrower = (n: number) => toAddress(`0x${n.toString(16).padStart(40, 'c')}`)

describe('keeper scan', () => {
  let bed: AaveTestbed
  let folder: string
  const out: string[] = []
  const notes: string[] = []
  const scan = (...args: string[]): Promise<number> => {
    out.length = notes.length = 0
    return main(['scan', ...args], {
      env: { RPC_URLS: bed.anvil.rpcUrl, MARKETS_FILE: join(folder, 'markets.json'), DATA_DIR: join(folder, 'data') },
      out: (line) => out.push(line),
      note: (line) => notes.push(line),
      redactor: new Redactor(),
    })
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keeper-scan-'))
    bed = await startAaveTestbed()
    await bed.supply('WETH', borrower(1), whole('WETH', 10n))
    await bed.borrow('USDC', borrower(1), whole('USDC', 20_000n))
    await bed.supply('WBTC', borrower(2), whole('WBTC', 2n))
    await bed.borrow('DAI', borrower(2), whole('DAI', 30_000n))
    await bed.borrow('WETH', borrower(2), whole('WETH', 3n))
    await bed.supply('USDC', borrower(3), whole('USDC', 1_000n))
    await bed.moveMarket({ WETH: 2_440_00000000n })
    writeFileSync(join(folder, 'markets.json'), JSON.stringify(bed.marketFile()))
  })
  afterAll(async () => {
    await bed.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('prints every position with debt exactly as the contract has it', async () => {
    expect([await scan('--json', '--all'), notes]).toEqual([0, []])
    const rows = out.map((line) => JSON.parse(line) as ScanRow)
    expect(rows.map((row) => row.position).sort()).toEqual([borrower(1), borrower(2)])
    for (const row of rows) {
      const { collateralBase, debtBase, healthFactor } = await bed.account(toAddress(row.position))
      expect(row).toEqual({
        market: bed.market.id,
        position: row.position,
        healthFactor: healthFactor.toString(),
        collateralBase: collateralBase.toString(),
        debtBase: debtBase.toString(),
        block: Number(await bed.anvil.rpc('eth_blockNumber', [])),
      })
    }
  })

  it('shows people those worth watching, worst first', async () => {
    expect(await scan()).toBe(0)
    expect(out.join('\n')).toMatch(
      new RegExp(`^market .*\n─.*\n${bed.market.id} +${borrower(1)} +1\\.01\\d\\d +\\$24,4`),
    )
    expect(out.join('\n')).not.toContain(borrower(2))
    expect(notes.at(-1)).toMatch(/1 shown of 2 positions/)
  })

  it('needs no key and says which setting is missing', async () => {
    const said: string[] = []
    const cli = { env: {}, out: () => undefined, note: (line: string) => said.push(line), redactor: new Redactor() }
    expect(await main(['scan'], cli)).toBe(2)
    expect(said.join('\n')).toMatch(/RPC_URLS: is not set/)
  })
})
