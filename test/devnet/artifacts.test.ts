import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { link } from '../../src/devnet/artifacts/artifact.js'
import { aaveV36Artifacts } from '../../src/devnet/artifacts/aave-v36.js'
import { GROUPS, compilationKey } from '../../src/devnet/artifacts/aave-v36-sources.js'
import { withFileLock } from '../../src/devnet/artifacts/file-lock.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { packageArtifact } from '../../src/devnet/artifacts/package-artifact.js'

describe('artifacts', () => {
  it('hold every contract of Aave v3.6, each small enough for a real chain', async () => {
    const artifacts = await aaveV36Artifacts()
    const wanted = Object.values(GROUPS)
      .flat()
      .map((source) => source.replace(/^.*\/|\.sol$/g, ''))
    expect(Object.keys(artifacts).sort()).toEqual([...wanted].sort())
    for (const { bytecode } of Object.values(artifacts)) expect(bytecode.length / 2).toBeLessThan(24_576 + 2_000)
    expect(compilationKey()).toMatch(/^[0-9a-f]{24}$/)
  })

  it('are linked with addresses, and say which library is missing', () => {
    const flashLoan = packageArtifact('@aave/core-v3', 'protocol/libraries/logic/FlashLoanLogic.sol')
    expect(() => link(flashLoan, {})).toThrow(/FlashLoanLogic needs the library BorrowLogic/)
    const linked = link(flashLoan, { BorrowLogic: '0x00000000000000000000000000000000deadbeef' })
    expect(linked).toMatch(/^0x[0-9a-fA-F]+$/)
    expect(linked).toContain('deadbeef')
  })

  it('name what is not there', () => {
    expect(() => ownContract('NoSuchContract')).toThrow(/no contract NoSuchContract; run `npm run build`/)
    expect(() => packageArtifact('@nobody/nothing', 'A.sol')).toThrow(/@nobody\/nothing, which is not installed/)
  })
})

describe('withFileLock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-lock-'))
  const path = join(folder, 'a.lock')
  const silent = (): void => undefined
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it('lets one in at a time and opens again after an error', async () => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside--
    }
    await Promise.all([
      withFileLock(path, work, silent),
      withFileLock(path, work, silent),
      withFileLock(path, work, silent),
    ])
    expect(most).toBe(1)
    await expect(withFileLock(path, () => Promise.reject(new Error('no')), silent)).rejects.toThrow('no')
    await expect(withFileLock(path, () => Promise.resolve('yes'), silent)).resolves.toBe('yes')
  })

  it('takes over from a holder that is gone', async () => {
    writeFileSync(path, '2147483646')
    await expect(withFileLock(path, () => Promise.resolve(1), silent)).resolves.toBe(1)
  })
})
