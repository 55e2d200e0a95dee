import type { HoldingRoom } from '../../src/auctions/agent.js'
import { Exits, type DirectExit } from '../../src/cli/keeper/auctions/exits.js'
import { stockSale } from '../../src/cli/keeper/auctions/stock-sale.js'
import type { Address } from '../../src/domain/chain.js'
import { PoolBook } from '../../src/profit/pool-book.js'
import { COIN, RIVAL as WON, TOKEN as NATIVE } from './support/lab.js'
import { blockWith, deskWith } from './support/scene.js'

/** A pool that pays a wei for a unit. */
class Even extends Exits {
  constructor() {
    super(PoolBook.of(0, []), NATIVE, COIN)
  }
  override direct(_in: Address, _out: Address, amount: bigint): DirectExit {
    return { out: amount, fee: 3_000 }
  }
}

function saleOf(held: bigint): ReturnType<typeof stockSale> {
  const block = blockWith(null)
  const room: HoldingRoom = { sum: held, perRun: held, left: held }
  const holding = { id: 1, token: WON, unit: 1n, floorTo: 0, floorRate: 0n }
  const scene = {
    ...{
      ...block.scene,
      exits: new Even(),
      stock: [{ token: WON, held, doubt: null, fall: null, careful: (all: bigint) => all }],
      floor: () => 0n,
    },
    rooms: new Map([[WON, { room, holding }]]),
  }
  return stockSale(deskWith(20n * 10n ** 8n), { ...block, scene })
}

describe('selling what was won, in backstop mode', () => {
  it('never costs more than it brings: dust that a stranger gives us draws no gas and stops nothing behind it', () => {
    // 234,000 gas at 1.1 gwei, of which MAX_FEE_SHARE_BPS may be fees
    const fees = 234_000n * 1_100_000_000n
    const share = BigInt(deskWith(0n).settings.maxFeeShareBps)
    const least = (fees * 10_000n + share - 1n) / share
    expect(saleOf(1_000n)).toBe(`a sale would bring 1000 wei, its gas costs ${fees}`)
    expect(saleOf(least - 1n)).toBe(`a sale would bring ${least - 1n} wei, its gas costs ${fees}`)
    const sale = saleOf(least)
    expect(typeof sale === 'string' ? sale : sale.legs.map(({ gainWei }) => gainWei)).toEqual([least])
  })
})
