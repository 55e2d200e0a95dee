import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import { deployerOn, type Contract, type Deployer } from '../../../src/devnet/deployer.js'
import type { Address } from '../../../src/domain/chain.js'
import type { Pool } from '../../../src/profit/venue.js'
import { WrapsVenue } from '../../../src/profit/wraps/venue.js'
import { Random } from '../support/random.js'
import { RpcReader } from '../support/rpc-reader.js'

const SEED = 20_261_124
const LOTS = 10n ** 30n
const REDEMPTIONS = process.env.TEST_LONG === undefined ? 20 : 300

describe(`wrapped tokens (seed ${SEED})`, () => {
  let anvil: Anvil
  let on: Deployer
  let reader: RpcReader
  const random = new Random(SEED)

  beforeAll(async () => {
    anvil = await startAnvil()
    const [from] = (await anvil.rpc('eth_accounts', [])) as [Address]
    on = deployerOn(anvil.rpc, from)
    reader = new RpcReader(anvil.rpc)
  })
  afterAll(() => anvil.stop())

  async function load(venue: WrapsVenue, token: Address, inner: Address): Promise<Pool> {
    const block = await reader.block()
    const [pool] = await venue.load(reader, await venue.find(reader, [[inner, token]], block), block)
    if (pool === undefined) throw new Error('the wrapper was left out')
    return pool
  }

  async function vault(decimals: number, offset: number): Promise<{ asset: Contract; shares: Contract }> {
    const asset = await on.deploy(ownContract('DevToken'), ['A', 'A', decimals])
    const shares = await on.deploy(ownContract('DevVault'), [asset.address, offset])
    await on.send(asset, 'mint', [on.from, LOTS])
    await on.send(asset, 'approve', [shares.address, LOTS])
    await on.send(shares, 'deposit', [10n ** BigInt(decimals) * 7_654_321n, on.from])
    await on.send(asset, 'mint', [shares.address, 10n ** BigInt(decimals) * 1_234_567n + 89n])
    return { asset, shares }
  }

  it.each([
    [6, 12],
    [18, 0],
    [18, 3],
  ])("quotes OpenZeppelin's ERC-4626 over %d decimals with offset %d to the unit", async (decimals, offset) => {
    const { asset, shares } = await vault(decimals, offset)
    const token = shares.address
    const venue = new WrapsVenue({ kind: 'wraps', name: 'vaults', tokens: [{ token, by: 'redeem' }] })
    for (let i = 0; i < REDEMPTIONS; i++) {
      const pool = await load(venue, token, asset.address)
      const [held] = (await on.read(shares, 'balanceOf', [on.from])) as unknown as [bigint]
      const amount = random.amount(Number(10n ** BigInt(offset)) * 2, Number(held) / 4)
      const [before] = (await on.read(asset, 'balanceOf', [on.from])) as unknown as [bigint]
      await on.send(shares, 'redeem', [amount, on.from, on.from])
      const [after] = (await on.read(asset, 'balanceOf', [on.from])) as unknown as [bigint]
      const quote = pool.sell(token, amount)
      expect([amount, quote?.amountOut]).toEqual([amount, after - before])
      expect(pool.sell(asset.address, amount)).toBeNull()
      const next = (await load(venue, token, asset.address)) as Pool & { state: unknown }
      expect((quote?.after as Pool & { state: unknown }).state).toEqual(next.state)
    }
  })

  it('quotes unwrapping to shares of a pot to the unit (stand-ins for wstETH and stETH)', async () => {
    const inner = await on.deploy(ownContract('StEthStandIn'))
    const outer = await on.deploy(ownContract('WstEthStandIn'), [inner.address])
    await on.send(inner, 'put', [outer.address, 10n ** 24n, 1_234_567_890_123_456_789_012_345n])
    await on.send(outer, 'put', [on.from, 10n ** 24n])
    const venue = new WrapsVenue({ kind: 'wraps', name: 'lido', tokens: [{ token: outer.address, by: 'unwrap' }] })
    for (let i = 0; i < REDEMPTIONS; i++) {
      const pool = await load(venue, outer.address, inner.address)
      const fresh: Address = `0x${(0xf000_0000 + i).toString(16).padStart(40, '0')}`
      await anvil.rpc('anvil_impersonateAccount', [fresh])
      await anvil.rpc('anvil_setBalance', [fresh, '0xde0b6b3a7640000'])
      const amount = random.amount(1e3, 1e22)
      await on.send(outer, 'transfer', [fresh, amount])
      await on.send(outer, 'unwrap', [amount], { from: fresh })
      const [got] = await on.read(inner, 'balanceOf', [fresh])
      expect([amount, pool.sell(outer.address, amount)?.amountOut]).toEqual([amount, got])
    }
  })

  it('leaves out what is no vault, and a vault of another formula', async () => {
    const { asset, shares } = await vault(18, 0)
    const tokens = [
      { token: asset.address, by: 'redeem' },
      { token: shares.address, by: 'redeem' },
    ] as const
    const venue = new WrapsVenue({ kind: 'wraps', name: 'vaults', tokens: [...tokens] })
    const block = await reader.block()
    const found = await venue.find(reader, [[asset.address, shares.address]], block)
    expect(found.map(({ address }) => address)).toEqual([shares.address])
    // the same state, but a preview that is a unit off
    const off: RpcReader = Object.assign(Object.create(reader) as RpcReader, {
      calls: async (...args: Parameters<RpcReader['calls']>) => {
        const answers = await reader.calls(...args)
        const last = answers.at(-1)
        const data = `0x${(BigInt(last?.data ?? '0x0') + 1n).toString(16).padStart(64, '0')}` as const
        return [...answers.slice(0, -1), { ok: true, data }]
      },
    })
    expect(await venue.load(off, found, block)).toEqual([])
  })
})
