import { AbiCoder, encodeBytes32String } from 'ethers'
import { encodeRun } from '../../../src/auctions/agent.js'
import type { AgentCall, Poke, Snapshot } from '../../../src/auctions/venue.js'
import { examineMisfits } from '../../../src/cli/doctor-setup.js'
import { rescuesAt } from '../../../src/cli/keeper/auctions/saviours.js'
import { ownContract } from '../../../src/devnet/artifacts/own-contracts.js'
import { gebArtifact } from '../../../src/devnet/geb/artifacts.js'
import { placeAgent } from '../../../src/devnet/agent.js'
import type { Contract } from '../../../src/devnet/deployer.js'
import { accountOf, ROLES } from '../../../src/devnet/ground.js'
import { approve, mint } from '../../../src/devnet/tokens.js'
import type { Address, Head } from '../../../src/domain/chain.js'
import { RAY, WAD } from '../../../src/domain/maths.js'
import type { PriceView } from '../../../src/domain/prices.js'
import { gebAgentNeeds } from '../../../strategies/geb/agent-needs.js'
import { gebCollateralAuctions, type GebCollateralAuction } from '../../../strategies/geb/collateral-auctions.js'
import { geb } from '../../../strategies/geb/strategy.js'
import { askOver } from '../../execution/support/keeper.js'
import { somebody, startGebBed, type GebBed } from './support/bed.js'

let bed: GebBed
let agent: Contract
let [operator, owner]: Address[] = []
let unsafe: Address
beforeAll(async () => {
  bed = await startGebBed()
  const { ground } = bed
  ;[operator, owner] = [ROLES.operator, ROLES.executorOwner].map((role) => accountOf(ground.accounts, role))
  agent = await placeAgent(ground.admin, {
    ...{ owner: owner ?? '0x', operators: [operator ?? '0x'], router: ground.uniswap.router.address },
    ...{ native: ground.tokens.WETH.address, needs: (at: Address) => gebAgentNeeds(bed.market, at) },
    ...{ coins: [1n, 1n], tokens: [1n, 1n], floorWei: 1n },
  })
  await bed.collateralAt(2_000n)
  unsafe = await somebody(bed, 1)
  await bed.openSafe(unsafe, 2n * WAD, 2_200n * WAD)
}, 60_000)
afterAll(() => bed.stop())

let saved: unknown
beforeEach(async () => {
  saved = await bed.anvil.rpc('evm_snapshot', [])
})
afterEach(() => bed.anvil.rpc('evm_revert', [saved]))

const NO_PRICES: PriceView = { block: 0, timestamp: 0n, price: () => ({ value: 0n, source: 'round' }) }
const snapshotOf = async () => geb.snapshot(bed.reader, bed.market, await bed.head(), () => undefined)

/** What could be told in a block of time `t`, the newest block's where none is named. */
async function pokeAt(t?: bigint): Promise<Poke<GebCollateralAuction> | null> {
  const head = await bed.head()
  const venue: { at(...args: readonly unknown[]): Promise<Snapshot<GebCollateralAuction>> } =
    gebCollateralAuctions.open(bed.market, agent.address)
  return (await venue.at(bed.reader, head, t ?? head.timestamp)).poke ?? null
}

/** A run of the agent; true when it went through, with the gas that it took. */
async function run(calls: readonly AgentCall[]): Promise<{ readonly ok: boolean; readonly gas: bigint }> {
  const data = encodeRun(2 ** 40, 2n ** 60n, calls)
  const receipt = (await bed.anvil.rpc('eth_sendTransactionSync', [
    { from: operator, to: agent.address, data, gas: '0x200000' },
  ])) as { readonly status: string; readonly gasUsed: string }
  return { ok: receipt.status === '0x1', gas: BigInt(receipt.gasUsed) }
}

/** The market falls to 1,400: the delayed oracle takes it as its next price. Returns when it can be told. */
async function fall(): Promise<bigint> {
  const { ground, geb: contracts } = bed
  await bed.send(ground.feeds.sources.WETH, 'setAnswer', [1_400n * 10n ** 8n])
  await bed.pass(contracts.parameters.oracleDelay)
  await bed.send(contracts.delayedOracle, 'updateResult', [])
  const [updated] = await bed.ground.admin.read(contracts.delayedOracle, 'lastUpdateTime', [])
  return (updated as bigint) + contracts.parameters.oracleDelay
}

describe('the delayed oracle, told by the keeper', () => {
  it('is left alone a second too early, and told in one run with the liquidation that it makes possible', async () => {
    const due = await fall()
    expect(await pokeAt(due - 1n)).toBeNull()
    expect(await bed.callAt(bed.geb.delayedOracle, 'updateResult', [], due - 1n)).toBeNull()
    const poke = await pokeAt(due)
    const state = await snapshotOf()
    // at the price that counts now nothing can be liquidated, at the next one this SAFE
    expect(geb.solvency(state, unsafe, NO_PRICES).liquidatable).toBe(false)
    const opened = poke?.opened(state) ?? []
    expect(opened.map(({ position }) => position)).toEqual([unsafe])
    expect([poke?.overdue, poke?.upkeep.notBefore, poke?.template.price]).toEqual([true, due, 1_400n * WAD])
    await bed.at(due - 1n)
    await bed.anvil.rpc('evm_setNextBlockTimestamp', [Number(due)])
    const calls = [...(poke?.upkeep.calls ?? []), ...opened.map(({ call }) => call)]
    expect((await run(calls)).ok).toBe(true)
    const [sale] = await bed.ground.admin.read(bed.geb.collateralAuctionHouse, 'auctions', [1])
    const [sold, raise] = sale as readonly bigint[]
    expect([opened[0]?.sell.amount, opened[0]?.raise.amount]).toEqual([sold, (raise ?? 0n) / RAY])
    // told once: nothing is left to tell, and the same run again is refused before it costs much
    expect(await pokeAt()).toBeNull()
    const again = await run(calls)
    expect([again.ok, again.gas < 160_000n ? 'cheap' : again.gas]).toEqual([false, 'cheap'])
  })

  it('told by a rival first, what is left to do is done: the relayer alone, then nothing', async () => {
    const due = await fall()
    const stale = (await pokeAt(due))?.upkeep.calls ?? []
    await bed.at(due)
    await bed.send(bed.geb.delayedOracle, 'updateResult', [], bed.rival)
    const rest = await pokeAt()
    expect([stale.length, rest?.upkeep.calls]).toEqual([2, stale.slice(1)])
    // its name says that it is another state: told by nobody yet
    const [place] = (await pokeAt(due - 1n))?.upkeep.name.split('/').slice(-1) ?? []
    expect(rest?.upkeep.name.endsWith(`/${due}/${place}`)).toBe(true)
    expect(place).toMatch(/^\w+\.\d+-\w+\.\d+$/)
    const opened = rest?.opened(await snapshotOf()) ?? []
    expect(opened).toHaveLength(1)
    expect((await run([...(rest?.upkeep.calls ?? []), ...opened.map(({ call }) => call)])).ok).toBe(true)
    expect(await pokeAt()).toBeNull()
  })

  it('does not bring about a price that is invalid, which would stop every liquidation', async () => {
    // the price source takes an answer of a month ago for none
    await bed.pass(31n * 86_400n)
    await bed.send(bed.geb.delayedOracle, 'updateResult', [])
    const [next] = (await bed.ground.admin.read(bed.geb.delayedOracle, 'getNextResultWithValidity', [])).slice(1)
    expect(next).toBe(false)
    await bed.pass(bed.geb.parameters.oracleDelay)
    const poke = await pokeAt()
    expect(poke?.upkeep.calls.map(({ to }) => to) ?? []).not.toContain(bed.geb.delayedOracle.address)
  })
})

describe('an oracle that governance has replaced', () => {
  it('is told nothing and sold by no more; the doctor names both and says what to do', async () => {
    const { ground, geb: contracts, market } = bed
    const due = await fall()
    expect(await pokeAt(due)).not.toBeNull()
    expect(await examineMisfits(bed.reader, [{ market, refill: bed.refill }], await bed.head())).toEqual([])
    const [source] = await ground.admin.read(contracts.delayedOracle, 'priceSource', [])
    const { oracleDelay } = contracts.parameters
    const other = await ground.admin.deploy(gebArtifact('DelayedOracle'), [source, oracleDelay])
    const value = AbiCoder.defaultAbiCoder().encode(['address'], [other.address])
    const name = [contracts.cType, encodeBytes32String('oracle'), value]
    await bed.send(contracts.oracleRelayer, 'modifyParameters(bytes32,bytes32,bytes)', name)
    expect(await pokeAt(due)).toBeNull()
    await bed.at(due)
    // what the old one says moves the engine no more
    await bed.send(contracts.oracleRelayer, 'updateCollateralPrice', [contracts.cType])
    const [before] = await ground.admin.read(contracts.safeEngine, 'cData', [contracts.cType])
    await bed.send(contracts.delayedOracle, 'updateResult', [])
    await bed.send(contracts.oracleRelayer, 'updateCollateralPrice', [contracts.cType])
    const [after] = await ground.admin.read(contracts.safeEngine, 'cData', [contracts.cType])
    expect(after).toEqual(before)
    expect(await pokeAt()).toBeNull()
    const venue: { at(...args: readonly unknown[]): Promise<Snapshot<GebCollateralAuction>> } =
      gebCollateralAuctions.open(market, agent.address)
    const { health } = await venue.at(bed.reader, await bed.head(), due)
    const says = new RegExp(`${other.address}, no longer .*${contracts.delayedOracle.address}.* set delayedOracle`)
    expect([health.enabled, health.reasons.some((reason) => says.test(reason))]).toEqual([false, true])
    const found = await examineMisfits(bed.reader, [{ market, refill: bed.refill }], await bed.head())
    expect(found).toEqual([{ level: 'problem', topic: 'market', text: expect.stringMatching(says) as unknown }])
  })
})

describe('a SAFE at its liquidation price', () => {
  it('is safe at exactly that price and unsafe a dollar below, as the engine has it', async () => {
    const { geb: contracts } = bed
    const at = async (usd: bigint): Promise<readonly boolean[]> => {
      await bed.collateralAt(usd)
      const { solvency, opening } = geb
      const state = await snapshotOf()
      const { timestamp } = await bed.head()
      const call = [contracts.cType, unsafe]
      const can = await bed.callAt(contracts.liquidationEngine, 'liquidateSAFE', call, timestamp + 1n)
      const open = opening?.(state, unsafe)
      return [solvency(state, unsafe, NO_PRICES).liquidatable, open !== undefined && !('code' in open), can !== null]
    }
    // two ether against 2,200 coins at a ratio of 135 %: worth the same at 1,485
    expect(await at(1_485n)).toEqual([false, false, false])
    expect(await at(1_484n)).toEqual([true, true, true])
  })
})

describe('a SAFE with a saviour (a stand-in, on the real engine)', () => {
  it('is refused as saved while he rescues it, and liquidated once he cannot', async () => {
    const { geb: contracts, ground } = bed
    const saviour = await ground.admin.deploy(ownContract('SafeSaviourStandIn'), [contracts.safeEngine.address])
    await bed.send(contracts.liquidationEngine, 'connectSAFESaviour', [saviour.address])
    await bed.send(contracts.liquidationEngine, 'protectSAFE', [contracts.cType, unsafe, saviour.address], unsafe)
    await mint(ground.admin, ground.tokens, 'WETH', bed.rival, WAD)
    await approve(ground.admin, contracts.collateral, bed.rival, contracts.collateralJoin.address)
    await bed.send(contracts.collateralJoin, 'join', [saviour.address, WAD], bed.rival)
    const look = async () => {
      const opening = geb.opening?.(await snapshotOf(), unsafe)
      if (opening === undefined || 'code' in opening) return opening?.code
      const head = (await bed.head()) as Head
      const { opens, refusals } = await rescuesAt([opening], {
        ask: askOver(bed.anvil.rpc),
        agent: agent.address,
        head,
      })
      return opens.length === 1 ? 'opens' : refusals.map(({ code, position }) => `${code} ${position}`).join()
    }
    await bed.collateralAt(1_400n)
    expect(await look()).toBe(`saved ${unsafe}`)
    // in a poke he is not foretold: such a SAFE waits for the block after it
    expect((await pokeAt())?.opened(await snapshotOf()) ?? []).toEqual([])
    const [before] = await ground.admin.read(contracts.collateralAuctionHouse, 'auctionsStarted', [])
    await bed.liquidate(unsafe)
    const [after] = await ground.admin.read(contracts.collateralAuctionHouse, 'auctionsStarted', [])
    expect([await look(), after]).toEqual(['healthy', before])
    // the next fall finds him without means
    await bed.collateralAt(900n)
    expect(await look()).toBe('opens')
  })
})
