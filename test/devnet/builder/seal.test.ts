import { createServer } from 'node:http'
import { keccak256 } from 'ethers'
import { startAnvil } from '../../../src/devnet/anvil.js'
import { startBuilder } from '../../../src/devnet/builder/builder.js'
import { close, listen } from '../../../src/devnet/proxy/proxy.js'
import { relayCall, startLab } from './lab.js'

/** Passes requests on to anvil, after doing something else first whenever a block is mined. */
async function between(
  anvilUrl: string,
  beforeMining: () => Promise<unknown>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const first = body.includes('"evm_mine"') ? beforeMining() : Promise.resolve()
      void first
        .then(() => fetch(anvilUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
        .then(async (answer) => response.end(await answer.text()))
    })
  })
  const at = await listen(server, '127.0.0.1', 0)
  return { url: `http://${at}`, stop: () => close(server) }
}

it('a block that turns out otherwise than simulated is taken back: no part of a bundle stays on chain', async () => {
  const lab = await startLab()
  // the node loses one of the two between simulation and block
  const good = await lab.sign(0)
  const bad = await lab.sign(1)
  const shim = await between(lab.anvil.rpcUrl, () => lab.anvil.rpc('anvil_dropTransaction', [keccak256(bad)]))
  const relays = [{ name: 'flashbots', personality: 'flashbots' as const }]
  const builder = await startBuilder({ anvil: { rpcUrl: shim.url }, pool: lab.proxy.pool, relays, manual: true })
  try {
    const bystander = await lab.sign(2)
    await lab.rpc('eth_sendRawTransaction', [bystander])
    const params = [{ txs: [good, bad], blockNumber: '0x2' }]
    expect(await relayCall(builder.relayUrl('flashbots'), 'eth_sendBundle', params)).toHaveProperty('result')
    const block = await builder.produceBlock()
    expect(block.transactions).toEqual([keccak256(bystander)])
    expect(await lab.rpc('eth_getBlockByNumber', ['latest', false])).toMatchObject({ hash: block.hash, number: '0x2' })
    expect(builder.records()).toMatchObject([{ outcome: { kind: 'dropped', reason: 'builder-error' } }])
    expect(await lab.anvil.rpc('txpool_status', [])).toEqual({ pending: '0x0', queued: '0x0' })
    expect(lab.proxy.pool.list()).toEqual([])
  } finally {
    await builder.stop()
    await shim.stop()
    await lab.stop()
  }
})

it('frees everything when one of its ports is taken', async () => {
  const anvil = await startAnvil({ autoMine: false })
  const lab = await startLab()
  const port = Number(new URL(lab.builder.relayUrl('flashbots')).port)
  const relays = [
    { name: 'free', personality: 'titan' as const },
    { name: 'taken', personality: 'titan' as const, port },
  ]
  await expect(startBuilder({ anvil, pool: lab.proxy.pool, relays })).rejects.toMatchObject({ code: 'devnet-port' })
  await lab.stop()
  await anvil.stop()
})
