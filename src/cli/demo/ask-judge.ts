import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { KeeperError } from '../../domain/errors.js'
import type { Devnet } from '../../devnet/devnet.js'
import type { AaveMarket } from '../../devnet/aave/market.js'
import { projectRoot } from '../../config/project-root.js'

/** The judge's answer, as `test/judge` prints it. */
export interface Verdict {
  readonly profitableLeft: number
  readonly badDebtBase: string
  readonly best: readonly { readonly position: string; readonly netWei: string; readonly netUsd: number }[]
}

export interface Terms {
  readonly minProfitUsd: number
  readonly bidBps: number
}

/**
 * Runs the judge in a process of its own: it shares no code with the keeper, and all it is told is where the market is and
 * what counts as a profit. It simulates on top of the newest block and leaves the chain as it is.
 */
export function askJudge(devnet: Devnet, market: AaveMarket, terms: Terms): Promise<Verdict> {
  const { ground, anvil } = devnet
  const question = {
    rpcUrl: anvil.rpcUrl,
    pool: market.pool.address,
    oracle: market.oracle.address,
    profitToken: ground.tokens.WETH.address,
    uniswapFactory: ground.uniswap.factory.address,
    fees: [100, 500, 3_000, 10_000],
    hops: [ground.tokens.WETH.address, ground.tokens.USDC.address],
    ...terms,
  }
  const script = join(projectRoot(), 'dist', 'test', 'judge', 'main.js')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said) as Verdict)
      else reject(new KeeperError('judge', `the judge failed: ${complaint.trim()}`))
    })
    child.stdin.end(JSON.stringify(question))
  })
}
