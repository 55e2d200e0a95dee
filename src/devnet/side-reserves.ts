import { keccak256, toUtf8Bytes } from 'ethers'
import { toAddress, type Address } from '../domain/chain.js'
import type { AaveMarket } from './aave/market.js'
import { listAsset, type AnyListing } from './aave/v36.js'
import { ownContract } from './artifacts/own-contracts.js'
import { LISTINGS, whole, type TokenSymbol } from './catalogue.js'
import type { Contract, Deployer } from './deployer.js'
import type { Ground } from './ground.js'
import { approve, giveEther } from './tokens.js'

/** A reserve beside the catalogue that shows one kind of price source, with one cautious borrower who leans on it. */
interface SideReserve {
  readonly symbol: string
  readonly name: string
  readonly figures: readonly [ltvBps: number, thresholdBps: number, bonusBps: number]
  /** Whole tokens; the loan is far from liquidation also after the worst fall of the demo. */
  readonly collateral: bigint
  readonly debt: readonly [TokenSymbol, bigint]
  source(on: Deployer, ground: Ground): Promise<Contract>
}

const DAY_SECONDS = 86_400

const SIDE_RESERVES: readonly SideReserve[] = [
  {
    symbol: 'PT-USDC',
    name: 'Principal Token USDC in 90 days',
    figures: [7_500, 8_000, 10_400],
    collateral: 60_000n,
    debt: ['USDT', 30_000n],
    async source(on, { feeds }) {
      const { timestamp } = (await on.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
      const maturity = Number(timestamp) + 90 * DAY_SECONDS
      const figures = [feeds.sources.USDC.address, maturity, 80_000_000_000_000_000n, 'PT-USDC / USD']
      return on.deploy(ownContract('DevPrincipalTokenAdapter'), figures)
    },
  },
  {
    symbol: 'oETH',
    name: 'Ether Wrapped Obscurely',
    figures: [6_500, 7_000, 10_700],
    collateral: 30n,
    debt: ['USDC', 20_000n],
    // an adapter of a kind that nobody knows
    source: (on, { feeds }) =>
      on.deploy(ownContract('DevRatioAdapter'), [feeds.sources.WETH.address, 'oETH / USD', 105n * 10n ** 16n]),
  },
]

/** Opens them on the v3.6 market, when there is one. They have no pool: nothing of them can be sold. */
export async function openSideReserves(ground: Ground, markets: readonly AaveMarket[]): Promise<void> {
  const market = markets.find(({ version }) => version === 'v3.6')
  if (!market) return
  for (const one of SIDE_RESERVES) await open(ground, market, one)
}

async function open(ground: Ground, market: AaveMarket, one: SideReserve): Promise<void> {
  const { admin } = ground
  const token = await admin.deploy(ownContract('DevToken'), [one.name, one.symbol, 18])
  const source = await one.source(admin, ground)
  await listAsset(admin, market, listingOf(one), { asset: token.address, source: source.address })
  const holder = toAddress(`0x${keccak256(toUtf8Bytes(`holder of ${one.symbol}`)).slice(-40)}`)
  await borrowAgainst(ground, market, { token, holder, one })
}

function listingOf({ symbol, figures: [ltvBps, thresholdBps, bonusBps] }: SideReserve): AnyListing {
  const [like] = LISTINGS.filter((listing) => listing.symbol === 'RARE')
  if (!like) throw new RangeError('the catalogue has no RARE to list others like')
  return { ...like, symbol, ltvBps, thresholdBps, bonusBps, borrowable: false }
}

async function borrowAgainst(
  { admin, tokens }: Ground,
  { pool }: AaveMarket,
  { token, holder, one }: { readonly token: Contract; readonly holder: Address; readonly one: SideReserve },
): Promise<void> {
  const amount = one.collateral * 10n ** 18n
  await admin.send(token, 'mint', [admin.from, amount])
  await approve(admin, token, admin.from, pool.address)
  await admin.send(pool, 'supply', [token.address, amount, holder, 0])
  await giveEther(admin, holder, 10n ** 18n)
  const [symbol, debt] = one.debt
  await admin.send(pool, 'borrow', [tokens[symbol].address, whole(symbol, debt), 2, 0, holder], { from: holder })
}
