import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computeAddress } from 'ethers'
import type { Cli } from '../../src/cli/command.js'
import { takerPlan } from '../../src/cli/clip-taker.js'
import { main } from '../../src/cli/main.js'
import { Redactor } from '../../src/ops/redaction.js'
import { startClipBed, type ClipBed } from '../strategies/maker/support/clip-bed.js'

const OWNER = `0x${'01'.repeat(32)}`

describe('keeper deploy-clip-taker on stand-ins of Maker', () => {
  let bed: ClipBed
  let folder: string

  beforeAll(async () => {
    bed = await startClipBed()
    folder = mkdtempSync(join(tmpdir(), 'keeper-taker-'))
    await bed.anvil.rpc('anvil_setBalance', [computeAddress(OWNER), '0xde0b6b3a7640000'])
  }, 120_000)
  afterAll(async () => {
    await bed.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function keeper(args: readonly string[], contracts: Record<string, string>): Promise<[number, string, string]> {
    const { id, strategy, deployBlock, implementationCodeHashes } = bed.ilkMarket
    const market = { id, strategy, deployBlock, contracts, implementationCodeHashes: [...implementationCodeHashes] }
    writeFileSync(join(folder, 'markets.json'), JSON.stringify({ ...bed.marketFile(), markets: [market] }))
    let [out, note] = ['', '']
    const cli: Cli = {
      env: {
        ...{ RPC_URLS: bed.anvil.rpcUrl, MARKETS_FILE: join(folder, 'markets.json'), OWNER_PRIVATE_KEY: OWNER },
        ...{ KEEPER_ENV_FILE: '', DATA_DIR: join(folder, 'data') },
      },
      out: (line) => (out += `${line}\n`),
      note: (line) => (note += `${line}\n`),
      redactor: new Redactor(),
    }
    return [await main([...args], cli), out, note]
  }

  test('a dry run sends nothing, a first run deploys, a second finds it, another contract is refused', async () => {
    const { taker: mine = '', ...contracts } = bed.ilkMarket.contracts
    const { address } = takerPlan(bed.ilkMarket)
    const codeAt = (): Promise<unknown> => bed.anvil.rpc('eth_getCode', [address, 'latest'])
    const [dry, , plan] = await keeper(['deploy-clip-taker', '--dry-run'], contracts)
    expect([dry, await codeAt()]).toEqual([0, '0x'])
    expect(plan).toMatch(/about \d+ gas[^]*nothing was sent/)
    const [first, out] = await keeper(['deploy-clip-taker'], contracts)
    expect([first, out]).toEqual([0, `maker-eth-a: "taker": "${address}"\n`])
    const mined = await codeAt()
    // the same code as the one that was deployed in the ordinary way
    expect(mined).toBe(await bed.anvil.rpc('eth_getCode', [mine, 'latest']))
    for (const named of [{}, { taker: address }, { taker: mine }]) {
      const [again, , said] = await keeper(['deploy-clip-taker'], { ...contracts, ...named })
      expect([again, said]).toEqual([0, expect.stringContaining('nothing to do')])
    }
    const [wrong, , why] = await keeper(['deploy-clip-taker'], { ...contracts, taker: contracts['vat'] ?? '' })
    expect([wrong !== 0, why]).toEqual([true, expect.stringContaining('is not the ClipTaker')])
  }, 60_000)

  test('the doctor names a market without a taker', async () => {
    const { taker: mine = '', ...contracts } = bed.ilkMarket.contracts
    const [, without] = await keeper(['doctor', '--quick'], contracts)
    expect(without).toMatch(/names no "taker".*deploy-clip-taker/)
    const [, named] = await keeper(['doctor', '--quick'], { ...contracts, taker: mine })
    expect(named).not.toMatch(/names no "taker"/)
  }, 60_000)
})
