import { type Address, toAddress } from '../../../../src/domain/chain.js'
import { LISTINGS, OPENING_PRICES, SYMBOLS, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import { approve } from '../../../../src/devnet/tokens.js'
import { Random } from './random.js'
import { type World, encode } from './world.js'

/** What a borrower holds and owes, in USD at opening prices. */
interface Shape {
  readonly eMode: number
  readonly collaterals: readonly TokenSymbol[]
  readonly debts: readonly TokenSymbol[]
  readonly usd: number
  /** Share of the borrowing power that is used. */
  readonly use: number
}

const BORROWABLE = LISTINGS.filter(({ borrowable }) => borrowable).map(({ symbol }) => symbol)
const STABLES: readonly TokenSymbol[] = ['USDC', 'USDT', 'DAI']
const SIZES = [1_300, 1_900, 2_600, 3_500, 6_000, 25_000, 400_000]

function shapeOf(random: Random, i: number): Shape {
  const usd = (SIZES[i % SIZES.length] ?? 1_000) * random.between(0.85, 1.2)
  const use = random.between(0.75, 0.97)
  const kind = i % 5
  if (kind === 0) return { eMode: 0, collaterals: [random.pick(SYMBOLS)], debts: [random.pick(BORROWABLE)], usd, use }
  if (kind === 1) {
    const collaterals = random.some(STABLES, 1 + random.below(2))
    if (random.chance(0.6)) collaterals.push(random.pick(['WETH', 'WBTC']))
    return { eMode: 2, collaterals, debts: random.some(STABLES, 1 + random.below(2)), usd, use }
  }
  const collaterals = random.some(SYMBOLS, 1 + random.below(3))
  if (kind === 2) return { eMode: 0, collaterals, debts: random.some(BORROWABLE, 1 + random.below(3)), usd, use }
  // the same asset on both sides
  const both = random.pick(BORROWABLE)
  return {
    eMode: 0,
    collaterals: [
      both,
      ...random.some(
        SYMBOLS.filter((s) => s !== both),
        random.below(2),
      ),
    ],
    debts: [both],
    usd,
    use,
  }
}

/**
 * Opens `count` positions of many shapes, a few hundred transactions in a handful of blocks, and lets interest run between
 * and after them.
 */
export async function openPositions(world: World, count: number, seed: number): Promise<Address[]> {
  const random = new Random(seed)
  const users = Array.from({ length: count }, (_, i) =>
    toAddress(`0x${(0xb0_0000 + i).toString(16).padStart(40, '0')}`),
  )
  await provision(world)
  const { rpc } = world.bed.anvil
  await rpc('evm_setAutomine', [false])
  for (const [i, user] of users.entries()) {
    await open(world, user, shapeOf(random, i), random)
    if (i % 15 === 14) await nextBlock(world, random.below(400_000))
  }
  await nextBlock(world, 3_000_000)
  await rpc('evm_setAutomine', [true])
  return users
}

/** Tokens and approvals for the admin, who supplies for everybody and liquidates. */
async function provision({ bed }: World): Promise<void> {
  const { admin, tokens, market } = bed
  for (const symbol of SYMBOLS) {
    await bed.mint(symbol, admin.from, 10n ** 30n)
    await approve(admin, tokens[symbol], admin.from, market.pool.address)
  }
}

async function open({ bed }: World, user: Address, shape: Shape, random: Random): Promise<void> {
  const { pool } = bed.market
  const { from } = bed.admin
  await bed.anvil.rpc('anvil_setBalance', [user, '0xde0b6b3a7640000'])
  const send = (sender: Address, method: string, args: readonly unknown[]): Promise<unknown> => {
    const transaction = { from: sender, to: pool.address, data: encode(pool, method, args), gas: '0x16e360' }
    return bed.anvil.rpc('eth_sendTransaction', [transaction])
  }
  if (shape.eMode !== 0) await send(user, 'setUserEMode', [shape.eMode])
  let power = 0
  for (const symbol of shape.collaterals) {
    const usd = (shape.usd / shape.collaterals.length) * random.between(0.6, 1.4)
    await send(from, 'supply', [bed.tokens[symbol].address, units(symbol, usd), user, 0])
    power += usd * ltvOf(symbol, shape.eMode)
  }
  for (const symbol of shape.debts) {
    const usd = (power * shape.use) / shape.debts.length
    await send(user, 'borrow', [bed.tokens[symbol].address, units(symbol, usd), 2, 0, user])
  }
}

function ltvOf(symbol: TokenSymbol, eMode: number): number {
  if (eMode === 2 && STABLES.includes(symbol)) return 0.93
  return (LISTINGS.find((listing) => listing.symbol === symbol)?.ltvBps ?? 0) / 10_000
}

const DECIMALS_OF: Readonly<Record<TokenSymbol, number>> = {
  WETH: 18,
  USDC: 6,
  USDT: 6,
  WBTC: 8,
  DAI: 18,
  wstETH: 18,
  RARE: 18,
}

/** Dollars at opening prices in raw units, with an odd tail so that nothing divides evenly. */
export function units(symbol: TokenSymbol, usd: number): bigint {
  const price = OPENING_PRICES[symbol]
  return (BigInt(Math.round(usd * 1e8)) * 10n ** BigInt(DECIMALS_OF[symbol])) / price + 7n
}

export async function nextBlock({ bed }: World, seconds: number): Promise<void> {
  if (seconds > 0) await bed.anvil.rpc('evm_increaseTime', [seconds])
  await bed.anvil.rpc('evm_mine', [])
}
