import { approve, giveEther } from '../../src/devnet/tokens.js'
import type { Address } from '../../src/domain/chain.js'
import { WAD } from '../../src/domain/maths.js'
import { ILK, OTHER_ILK } from '../strategies/maker/support/maker-contracts.js'
import { startClipBed, type ClipBed } from '../strategies/maker/support/clip-bed.js'
import { address, undoAfterEach } from './support/executor-bed.js'

const [VAULT, BUYER, OTHER] = [address(0xc11c1), address(0xb0b1), address(0xb0b2)]
const RAY = 10n ** 27n
/** Seconds after which the price has fallen twenty steps. */
const LATER = 1_800

describe('ClipTaker: buys for whoever calls, with what the caller brings', () => {
  let bed: ClipBed
  let price: bigint

  beforeAll(async () => {
    bed = await startClipBed()
    await bed.openVault(VAULT, 30n * WAD, 50_000n * WAD)
    await bed.poke(2_000n)
    await bed.admin.send(bed.dog, 'bark', [ILK, VAULT, OTHER])
    await bed.anvil.rpc('evm_increaseTime', [LATER])
    await bed.anvil.rpc('evm_mine', [])
    for (const buyer of [BUYER, OTHER]) {
      await giveEther(bed.admin, buyer, 10n ** 19n)
      await bed.mint('DAI', buyer, 100_000n * WAD)
      await approve(bed.admin, bed.tokens.DAI, buyer, bed.taker.address)
    }
    price = (await bed.admin.read(bed.clip, 'getStatus', [1n]))[1] as bigint
  }, 120_000)
  afterAll(() => bed.stop())
  undoAfterEach(() => bed)

  const take = (amt: bigint, max: bigint, pay: bigint, from = BUYER) =>
    bed.admin.send(bed.taker, 'take', [1n, amt, max, pay], { from })
  const held = (who: Address): Promise<bigint[]> =>
    Promise.all((['DAI', 'WETH'] as const).map((symbol) => bed.balance(bed.token(symbol), who)))

  test('the caller pays what the Clipper asks, rounded up, and gets the rest back with the collateral', async () => {
    const [coins, none] = await held(BUYER)
    await take(5n * WAD, price, 90_000n * WAD)
    const [left, got] = await held(BUYER)
    expect([none, got]).toEqual([0n, 5n * WAD])
    const owe = 5n * WAD * price
    expect((coins ?? 0n) - (left ?? 0n)).toBe((owe + RAY - 1n) / RAY)
    expect(await held(bed.taker.address)).toEqual([0n, 0n])
  })

  test('a price above what was meant, too few coins, coins of nobody: all revert', async () => {
    await expect(take(5n * WAD, price / 2n, 90_000n * WAD)).rejects.toThrow(/too-expensive/)
    await expect(take(5n * WAD, price, 1_000n * WAD)).rejects.toThrow()
    await expect(take(5n * WAD, price, 200_000n * WAD)).rejects.toThrow()
    await expect(take(5n * WAD, price, 9_000n * WAD, address(0xdead))).rejects.toThrow()
  })

  test('what lies inside the Vat in its name is dust, and the next caller’s at most', async () => {
    await take(WAD / 3n, price, 10_000n * WAD)
    const [dust] = await bed.admin.read(bed.vat, 'dai', [bed.taker.address])
    expect(dust as bigint).toBeLessThan(RAY)
    await bed.admin.send(bed.vat, 'suck', [bed.vow.address, bed.taker.address, 7n * WAD * RAY])
    const [before] = await held(OTHER)
    await take(WAD, price, 10_000n * WAD, OTHER)
    const [after] = await held(OTHER)
    expect((before ?? 0n) - (after ?? 0n)).toBeLessThan((WAD * price) / RAY - 6n * WAD)
  })

  test('joins of another ilk or another Vat are refused when it is made', async () => {
    const { clip, gemJoin, daiJoin, vat } = bed
    const foreign = await bed.deploy('MakerGemJoinStandIn', [vat.address, OTHER_ILK, bed.token('WETH')])
    await expect(bed.deploy('ClipTaker', [clip.address, foreign.address, daiJoin.address])).rejects.toThrow()
    const vat2 = await bed.deploy('MakerVatStandIn')
    const join2 = await bed.deploy('MakerDaiJoinStandIn', [vat2.address, bed.token('DAI')])
    await expect(bed.deploy('ClipTaker', [clip.address, gemJoin.address, join2.address])).rejects.toThrow()
  })
})
