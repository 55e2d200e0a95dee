import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startAnvil } from '../../src/devnet/anvil.js'
import { until } from '../support/until.js'
import { KeeperError } from '../../src/domain/errors.js'

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const gone = (pid: number): Promise<void> => until(() => !alive(pid), `the end of process ${pid}`)

describe('startAnvil', () => {
  it('serves a chain an hour behind the clock and is gone after stop', async () => {
    const hourAgo = (): number => Date.now() / 1000 - 3600
    const since = Math.floor(hourAgo())
    const anvil = await startAnvil({ chainId: 4242 })
    try {
      expect(await anvil.rpc('eth_chainId', [])).toBe('0x1092')
      const genesis = (await anvil.rpc('eth_getBlockByNumber', ['0x0', false])) as { timestamp: string }
      expect(Number(genesis.timestamp)).toBeGreaterThanOrEqual(since)
      expect(Number(genesis.timestamp)).toBeLessThanOrEqual(hourAgo())
    } finally {
      await anvil.stop()
    }
    expect(alive(anvil.pid)).toBe(false)
    await anvil.stop()
  })

  it('mines on demand only when told so, in the order of arrival', async () => {
    const anvil = await startAnvil({ autoMine: false })
    try {
      const [from, to] = (await anvil.rpc('eth_accounts', [])) as string[]
      const cheap = await anvil.rpc('eth_sendTransaction', [{ from, to, value: '0x1', maxFeePerGas: '0x77359400' }])
      const dear = await anvil.rpc('eth_sendTransaction', [{ from: to, to: from, maxFeePerGas: '0x174876e800' }])
      expect(await anvil.rpc('eth_blockNumber', [])).toBe('0x0')
      await anvil.rpc('evm_mine', [])
      const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { transactions: string[] }
      expect(block.transactions).toEqual([cheap, dear])
    } finally {
      await anvil.stop()
    }
  })

  it('throws the method, the message and the revert data of a failed request', async () => {
    const anvil = await startAnvil()
    try {
      // PUSH1 0x2a PUSH0 MSTORE PUSH1 0x20 PUSH0 REVERT
      await anvil.rpc('anvil_setCode', ['0x00000000000000000000000000000000000000aa', '0x602a5f5260205ffd'])
      const failing = anvil.rpc('eth_call', [{ to: '0x00000000000000000000000000000000000000aa' }, 'latest'])
      const error: unknown = await failing.catch((e: unknown) => e)
      expect(error).toBeInstanceOf(KeeperError)
      expect(error).toMatchObject({ code: 'devnet-rpc', data: { method: 'eth_call', data: `0x${'0'.repeat(62)}2a` } })
      expect((error as KeeperError).message).toMatch(/^eth_call: .*revert/)
    } finally {
      await anvil.stop()
    }
    await expect(anvil.rpc('eth_chainId', [])).rejects.toThrow(/does not answer/)
  })

  it('names the reason when the port is taken', async () => {
    const first = await startAnvil()
    try {
      await expect(startAnvil({ port: first.port })).rejects.toThrow(/anvil did not start.*in use/is)
    } finally {
      await first.stop()
    }
  })

  it('dies with a parent that was killed with SIGKILL', async () => {
    const module = join(__dirname, '../../dist/src/devnet/anvil.js')
    const script = `require(${JSON.stringify(module)}).startAnvil().then((a) => { console.log(a.pid); setInterval(() => 0, 1e6) })`
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await gone(pid)
  })

  it('does not keep an idle parent alive', async () => {
    const module = join(__dirname, '../../dist/src/devnet/anvil.js')
    const script = `require(${JSON.stringify(module)}).startAnvil().then((a) => console.log(a.pid))`
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [[line]] = (await Promise.all([once(parent.stdout, 'data'), once(parent, 'exit')])) as [[Buffer], unknown]
    await gone(Number(line.toString()))
  })
})
