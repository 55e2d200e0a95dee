import { readAgent } from '../../src/auctions/agent.js'
import { AuctionDesk, type DeskAnswer } from '../../src/cli/keeper/auctions/auction-desk.js'
import { SceneReader } from '../../src/cli/keeper/auctions/market-scene.js'
import { RunTrials } from '../../src/cli/keeper/auctions/run-trials.js'
import { auctionMarkets } from '../../src/cli/keeper/auctions/open-room.js'
import { horizonOf } from '../../src/cli/keeper/horizon.js'
import { marketsOf } from '../../src/cli/strategies.js'
import { parseMarketFile, type MarketFile } from '../../src/config/market-file.js'
import { readSettings } from '../../src/config/read-settings.js'
import { placeAgent } from '../../src/devnet/agent.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { describeGeb } from '../../src/devnet/geb/market-description.js'
import { openPair } from '../../src/devnet/geb/pools.js'
import { exitCoins } from '../../src/devnet/geb/safes.js'
import { accountOf, ROLES } from '../../src/devnet/ground.js'
import { mint } from '../../src/devnet/tokens.js'
import type { Address, Head, Hex } from '../../src/domain/chain.js'
import { WAD } from '../../src/domain/maths.js'
import { valuationOf, type Valuation } from '../../src/profit/valuation.js'
import { gebAgentNeeds } from '../../strategies/geb/agent-needs.js'
import type { GebState } from '../../strategies/geb/state.js'
import { takeSnapshot } from '../../strategies/geb/snapshot.js'
import { popDebt, startGebBed, type GebBed } from '../strategies/geb/support/bed.js'

/** Somebody who moves pools, and what the desk then does with the agent's money. */

let bed: GebBed
let file: MarketFile
let agent: Contract
let [operator, owner, thief]: Address[] = []
const who = (account: Address | undefined): Address => account ?? '0x'

/** Ether at 2,500 coins; a token at 0.0002 ether, half a coin, in a pool that 2,000,000 of them would halve. */
beforeAll(async () => {
  bed = await startGebBed()
  const { ground, geb, anvil } = bed
  const { admin, tokens, uniswap, accounts } = ground
  ;[operator, owner, thief] = [ROLES.operator, ROLES.executorOwner, 8].map((role) => accountOf(accounts, role))
  const router = uniswap.router.address
  const input = await describeGeb(
    ...([ground, geb, ground.feeds.sources.WETH.address, { id: anvil.chainId, blockTimeSeconds: 12 }] as const),
    { router, style: 'step', maxPerAuction: '1000', onWin: 'sell' },
  )
  file = parseMarketFile(input, 'the test')
  agent = await placeAgent(admin, {
    ...{ owner: who(owner), operators: [who(operator)], router, native: tokens.WETH.address },
    needs: (at) => gebAgentNeeds(bed.market, at),
    ...{ coins: [20_000n, 20_000n], tokens: [20_000n, 20_000n], floorWei: WAD / 100_000n },
  })
  await bed.send(geb.coin, 'transfer', [agent.address, 20_000n * WAD], bed.bidder)
  const { maker } = uniswap
  await bed.openSafe(bed.rival, 2_000n * WAD, 500_000n * WAD)
  await exitCoins(admin, geb, bed.rival, maker, 500_000n * WAD)
  await mint(admin, tokens, 'WETH', maker, 600n * WAD)
  await bed.send(geb.protocolToken, 'mint', [maker, 2_000_000n * WAD])
  const shape = { fee: 3_000, tickSpacing: 60 }
  await openPair(admin, uniswap, { tokens: [geb.coin, tokens.WETH], amounts: [500_000n * WAD, 200n * WAD], ...shape })
  await openPair(admin, uniswap, {
    ...{ tokens: [geb.protocolToken, tokens.WETH], amounts: [2_000_000n * WAD, 400n * WAD], ...shape },
  })
  await bed.send(geb.protocolToken, 'mint', [who(thief), 5_000_000n * WAD])
  await mint(admin, tokens, 'WETH', who(thief), 2_000n * WAD)
  for (const token of [geb.protocolToken, tokens.WETH])
    for (const spender of [router, uniswap.positionManager.address])
      await bed.send(token, 'approve', [spender, 2n ** 255n], thief)
}, 60_000)
afterAll(() => bed.stop())

let snapshot: unknown
beforeEach(async () => {
  snapshot = await bed.anvil.rpc('evm_snapshot', [])
  await blocks(40)
})
afterEach(() => bed.anvil.rpc('evm_revert', [snapshot]))

const blocks = (count: number): Promise<unknown> => bed.anvil.rpc('anvil_mine', [`0x${count.toString(16)}`, '0xc'])

async function headNow(): Promise<Head> {
  const block = (await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
  const [baseFeePerGas, gasLimit, gasUsed] = ['baseFeePerGas', 'gasLimit', 'gasUsed'].map((key) =>
    BigInt(block[key] ?? 0),
  )
  return { ...(await bed.head()), baseFeePerGas: baseFeePerGas ?? 0n, gasLimit: gasLimit ?? 0n, gasUsed: gasUsed ?? 0n }
}

/** A desk as a process that has just started has it. */
async function freshDesk(): Promise<AuctionDesk> {
  const [market] = auctionMarkets(marketsOf(file))
  if (market === undefined) throw new Error('no auctions')
  const { holdings } = await readAgent(bed.reader, agent.address, [], (await bed.head()).number)
  const settings = readSettings({ MIN_PROFIT_USD: '1' }, { needs: 'nothing' })
  const { reader } = bed
  return new AuctionDesk({
    scenes: new SceneReader(market, { reader, chain: file.chain, agent: agent.address, holdings, confirmations: 0 }),
    ...{ chain: file.chain, settings, agent: agent.address, lent: false, lossLeftUsd8: () => 0n },
    ...{ told: () => false, trials: new RunTrials('geb-devnet') },
  })
}

function valuation(): Valuation {
  const { WETH } = bed.ground.tokens
  const token = { address: WETH.address, symbol: 'WETH', decimals: 18 }
  const view = { block: 1, timestamp: 1n, price: () => ({ value: 2_500n * 10n ** 8n, source: 'round' as const }) }
  return valuationOf([{ token, feed: 'eth' }] as never, view, WETH.address)
}

async function look(desk: AuctionDesk): Promise<DeskAnswer> {
  const head = await headNow()
  const settings = readSettings({}, { needs: 'nothing' })
  const state: GebState = await takeSnapshot(bed.reader, bed.market, head, () => undefined)
  return desk.at(head, horizonOf(head, file.chain, settings), valuation(), [], state)
}

/** The thief sells `amount` of one for the other, in a block of its own. */
const swap = (from: Contract, to: Contract, amount: bigint): Promise<void> =>
  bed.send(
    bed.ground.uniswap.router,
    'exactInputSingle',
    [[from.address, to.address, 3_000, thief, 2n ** 40n, amount, 0n, 0n]],
    thief,
  )

/** Debt auctions of 10,000 tokens, worth 5,000 coins, for 1,000 coins, of which somebody has bid down the first to `lot`. */
async function auctionAt(lot: bigint): Promise<void> {
  await popDebt(bed, who(thief))
  await bed.send(bed.geb.accountingEngine, 'auctionDebt', [])
  await bed.send(bed.geb.debtAuctionHouse, 'decreaseSoldAmount', [1, lot * WAD], bed.bidder)
  await blocks(40)
}

const bids = ({ round }: DeskAnswer): readonly string[] =>
  round.notes.filter(({ name }) => name === 'geb-debt/1').map(({ decision }) => decision.act)

describe('who moves the pool of the won token', () => {
  it('up, in front of a keeper that has just started, sells it no lot that is worth less than the bid', async () => {
    // 1,900 tokens are worth 950 coins
    await auctionAt(2_000n)
    const desk = await freshDesk()
    expect(bids(await look(desk))).toEqual(['skip'])
    const { protocolToken } = bed.geb
    await swap(bed.ground.tokens.WETH, protocolToken, 100n * WAD)
    const moved = await look(await freshDesk())
    expect(bids(moved)).toEqual(['skip'])
  })

  it('up by less than what is doubted, sells it none either', async () => {
    await auctionAt(2_100n)
    const desk = await freshDesk()
    for (let i = 0; i < 6; i++) {
      await look(desk)
      await bed.pass(12n)
    }
    await swap(bed.ground.tokens.WETH, bed.geb.protocolToken, 30n * WAD)
    const moved = await look(desk)
    expect(bids(moved)).toEqual(['skip'])
  })

  it('down, buys none of its tokens for less', async () => {
    await bed.send(bed.geb.protocolToken, 'mint', [agent.address, 10_000n * WAD])
    const desk = await freshDesk()
    const before = await look(desk)
    expect(before.opportunity?.legs[0]?.amounts.seize).toBeGreaterThan((19n * WAD) / 10n)
    for (let i = 0; i < 6; i++) {
      await look(desk)
      await bed.pass(12n)
    }
    await swap(bed.geb.protocolToken, bed.ground.tokens.WETH, 2_000_000n * WAD)
    const moved = await look(desk)
    expect(moved.opportunity).toBeNull()
    expect((await look(await freshDesk())).opportunity).toBeNull()
  })

  it('in a pool of his own that buys one token, makes no price', async () => {
    await auctionAt(2_000n)
    const { protocolToken } = bed.geb
    const { WETH } = bed.ground.tokens
    const { admin, uniswap } = bed.ground
    const maker = who(thief)
    // a token for 0.001 ether, five times its price, for as much as 0.01 ether
    await openPair(
      admin,
      { ...uniswap, maker },
      {
        ...{ tokens: [protocolToken, WETH], amounts: [10n * WAD, WAD / 100n], fee: 10_000, tickSpacing: 200 },
      },
    )
    const desk = await freshDesk()
    for (let i = 0; i < 12; i++) {
      await look(desk)
      await bed.pass(12n)
    }
    await swap(WETH, protocolToken, 100n * WAD)
    const moved = await look(desk)
    expect(bids(moved)).toEqual(['skip'])
  })
})

it('who gives the agent a speck of what it sells stops nothing else', async () => {
  await bed.send(bed.geb.protocolToken, 'mint', [agent.address, WAD / 1_000n])
  const answer = await look(await freshDesk())
  expect(answer.opportunity).toBeNull()
})
