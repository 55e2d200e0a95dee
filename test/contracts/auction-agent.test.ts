import { Interface } from 'ethers'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { walletPot } from '../../src/auctions/agent-needs.js'
import { ruleOf } from '../../src/auctions/agent-setup.js'
import { encodeSale } from '../../src/auctions/sale-call.js'
import { encodeRun } from '../../src/auctions/agent.js'
import type { AgentCall } from '../../src/auctions/venue.js'
import { placeAgent } from '../../src/devnet/agent.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { openPair } from '../../src/devnet/geb/pools.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { mint } from '../../src/devnet/tokens.js'
import { accountOf, ROLES } from '../../src/devnet/ground.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { gebAgentNeeds } from '../../strategies/geb/agent-needs.js'
import { popDebt, startGebBed, type GebBed } from '../strategies/geb/support/bed.js'

const AGENT = new Interface(AUCTION_AGENT)

let bed: GebBed
let agent: Contract
let [operator, owner, thief]: Address[] = []

/** Capital of 5,000 coins of which 2,000 may leave in one run and 3,000 in a day; 10,000 won tokens, sold at 0.0001 ether at least. */
beforeAll(async () => {
  bed = await startGebBed()
  const { ground, geb } = bed
  ;[operator, owner, thief] = [ROLES.operator, ROLES.executorOwner, 8].map((role) => accountOf(ground.accounts, role))
  agent = await placeAgent(ground.admin, {
    ...{ owner: who(owner), operators: [who(operator)] },
    ...{ router: ground.uniswap.router.address, native: ground.tokens.WETH.address },
    needs: (at) => gebAgentNeeds(bed.market, at),
    ...{ coins: [2_000n, 3_000n], tokens: [4_000n, 6_000n], floorWei: WAD / 10_000n },
  })
  await bed.send(geb.coin, 'transfer', [agent.address, 5_000n * WAD], bed.bidder)
  const { maker } = ground.uniswap
  for (const to of [agent.address, maker]) await bed.send(geb.protocolToken, 'mint', [to, 10_000n * WAD])
  await mint(ground.admin, ground.tokens, 'WETH', maker, 10n * WAD)
  await openPair(ground.admin, ground.uniswap, {
    ...{
      tokens: [geb.protocolToken, ground.tokens.WETH],
      amounts: [10_000n * WAD, 2n * WAD],
      fee: 3_000,
      tickSpacing: 60,
    },
  })
}, 60_000)
afterAll(() => bed.stop())

let snapshot: unknown
beforeEach(async () => {
  snapshot = await bed.anvil.rpc('evm_snapshot', [])
})
afterEach(() => bed.anvil.rpc('evm_revert', [snapshot]))

const who = (account: Address | undefined): Address => account ?? '0x'
const call = (to: Contract, method: string, args: readonly unknown[]): AgentCall => ({
  to: to.address,
  data: to.abi.encodeFunctionData(method, [...args]) as Hex,
})

/** `ok`, or the name of the agent's error; else the contract's own bytes. */
async function attempt(data: Hex, from = who(operator), commit = true): Promise<string> {
  try {
    await bed.anvil.rpc('eth_call', [{ from, to: agent.address, data, gas: '0x1000000' }, 'latest'])
  } catch (error) {
    const bytes = error instanceof KeeperError && typeof error.data.data === 'string' ? error.data.data : '0x'
    return AGENT.parseError(bytes)?.name ?? bytes.slice(0, 10)
  }
  if (commit) await bed.anvil.rpc('eth_sendTransactionSync', [{ from, to: agent.address, data, gas: '0x1000000' }])
  return 'ok'
}
const run = (calls: readonly AgentCall[], from = who(operator)): Promise<string> =>
  attempt(encodeRun(2 ** 40, 2n ** 60n, calls), from)

const sale = (amount: bigint, minOut: bigint, recipient = agent.address): AgentCall =>
  encodeSale({
    ...{ router: bed.ground.uniswap.router.address, tokenIn: bed.geb.protocolToken.address, fee: 3_000 },
    ...{ tokenOut: bed.ground.tokens.WETH.address, recipient, deadline: 2n ** 40n, amountIn: amount, minOut },
  })

/** A debt auction that anybody may bid in: lots of 10,000 tokens for a thousand coins. */
async function startAuctions(count: number): Promise<void> {
  await popDebt(bed, who(thief))
  for (let i = 0; i < count; i++) await bed.send(bed.geb.accountingEngine, 'auctionDebt', [])
}

const join = (coins: bigint): AgentCall => call(bed.geb.coinJoin, 'join', [agent.address, coins * WAD])
const bid = (id: number, lot = 9_000n): AgentCall =>
  call(bed.geb.debtAuctionHouse, 'decreaseSoldAmount', [id, lot * WAD])

describe('the auction agent', () => {
  it('joins, bids, settles and sells for its operator within the limits', async () => {
    await startAuctions(1)
    expect(await run([join(1_000n), bid(1)])).toBe('ok')
    await bed.pass(bed.geb.parameters.bidDuration)
    expect(await run([call(bed.geb.debtAuctionHouse, 'settleAuction', [1])])).toBe('ok')
    const [held] = await bed.ground.admin.read(bed.geb.protocolToken, 'balanceOf', [agent.address])
    expect(held).toBe(19_000n * WAD)
    expect(await run([sale(1_000n * WAD, 1n)])).toBe('ok')
  })

  it('obeys nobody else, and no order that is too old', async () => {
    for (const from of [who(thief), who(owner)]) expect(await run([join(1n)], from)).toBe('NotOperator')
    expect(await attempt(encodeRun(1, 2n ** 60n, []))).toBe('Expired')
    expect(await attempt(encodeRun(2 ** 40, 1n, []))).toBe('Expired')
  })

  it('counts coins in the wallet and inside the engine as one, and what is paid back as not spent', async () => {
    const standing = async (): Promise<bigint[]> => {
      const answer = await bed.anvil.rpc('eth_call', [
        { to: agent.address, data: AGENT.encodeFunctionData('standing', [1]) },
        'latest',
      ])
      return AGENT.decodeFunctionResult('standing', answer as string).toArray() as bigint[]
    }
    await startAuctions(2)
    expect(await run([join(2_500n)])).toBe('ok')
    expect((await standing())[2]).toBe(3_000n * WAD * RAY)
    expect(await run([bid(1), bid(2)])).toBe('ok')
    expect((await standing())[2]).toBe(1_000n * WAD * RAY)
    await bed.send(bed.geb.debtAuctionHouse, 'decreaseSoldAmount', [1, 8_000n * WAD], bed.bidder)
    expect((await standing())[2]).toBe(2_000n * WAD * RAY)
  })
})

describe('a thief with an operator key', () => {
  it('cannot withdraw, approve, or change any setting', async () => {
    const { coin } = bed.geb
    const tries: readonly (readonly [string, readonly unknown[]])[] = [
      ['withdraw', [coin.address, thief, 1n]],
      ['approve', [coin.address, thief, 1n]],
      ['asOwner', [coin.address, coin.abi.encodeFunctionData('transfer', [thief, 1n])]],
      ['setOperator', [thief, true]],
      ['setCall', [coin.address, '0xa9059cbb', [true, false, 0, 0, 0, 0n]]],
      ['setLimits', [1n, 2n ** 200n, 2n ** 200n, 0n, 0n]],
    ]
    for (const [method, args] of tries) {
      const data = AGENT.encodeFunctionData(method, [...args]) as Hex
      expect([method, await attempt(data, who(operator), false)]).toEqual([method, '0x118cdaa7'])
    }
  })

  it('cannot call what the owner did not allow, nor send anything to anybody but the agent', async () => {
    const { geb, ground } = bed
    const forbidden = [
      call(geb.coin, 'transfer', [thief, 1n]),
      call(geb.coin, 'approve', [thief, 1n]),
      call(geb.safeEngine, 'transferInternalCoins', [agent.address, thief, 1n]),
      call(geb.safeEngine, 'approveSAFEModification', [thief]),
      call(geb.coinJoin, 'exit', [thief, WAD]),
      call(agent, 'run', [2n ** 40n, 2n ** 40n, []]),
    ]
    for (const one of forbidden) expect(await run([one])).toBe('CallNotAllowed')
    expect(await run([join(100n)])).toBe('ok')
    const elsewhere = [
      call(geb.coinJoin, 'join', [thief, WAD]),
      call(geb.collateralJoin, 'exit', [thief, 1n]),
      sale(WAD, 0n, who(thief)),
    ]
    for (const one of elsewhere) expect(await run([one])).toBe('NotToTheAgent')
    // what an auction brought lies inside the engine until somebody takes it out: only to the agent, in one run or in two
    await startAuctions(0)
    expect(await run([join(1_000n), call(geb.collateralAuctionHouse, 'buyCollateral', [1, 1_000n * WAD])])).toBe('ok')
    const take = (to: Address): AgentCall => call(geb.collateralJoin, 'exit', [to, WAD / 4n])
    for (const to of [who(thief), who(operator)])
      expect(await run([take(agent.address), take(to)])).toBe('NotToTheAgent')
    // an address is a whole word: one with other bits above it is somebody else's
    const dirty = take(agent.address).data.replace(/^(0x.{8})0{24}/, `$1${'0'.repeat(23)}1`) as Hex
    expect(await run([{ to: geb.collateralJoin.address, data: dirty }])).toBe('NotToTheAgent')
    expect(await run([take(agent.address)])).toBe('ok')
    // not even the owner can allow a transfer
    const set = AGENT.encodeFunctionData('setCall', [
      ...[ground.tokens.WETH.address, '0xa9059cbb', [true, false, 0, 0, 0, 0n]],
    ]) as Hex
    expect(await attempt(set, who(owner), false)).toBe('ForbiddenSelector')
  })

  it('cannot bid more than a run and a day allow, in whatever slices', async () => {
    await startAuctions(5)
    expect(await run([join(5_000n)])).toBe('ok')
    expect(await run([bid(1), bid(2), bid(3)])).toBe('RunLimit')
    expect(await run([bid(1), bid(2)])).toBe('ok')
    expect(await run([bid(3)])).toBe('ok')
    expect(await run([bid(4)])).toBe('DayLimit')
    await bed.pass(86_400n)
    expect(await run([bid(4)])).toBe('ok')
  })

  it("cannot sell below the owner's floor, nor beside anything else in one run", async () => {
    // 4,000 of 10,000 tokens in the pool: 0.00014 ether each, then 0.00008
    expect(await run([sale(4_000n * WAD, 0n)])).toBe('ok')
    expect(await run([sale(2_000n * WAD, 0n)])).toBe('BelowFloor')
    expect(await run([sale(4_001n * WAD, 0n)])).toBe('RunLimit')
    await startAuctions(1)
    expect(await run([join(1_000n)])).toBe('ok')
    expect(await run([bid(1), sale(WAD, 0n)])).toBe('SaleNotAlone')
    expect(await run([sale(WAD, 0n), sale(WAD, 0n)])).toBe('SaleNotAlone')
  })

  it('cannot hide a sale behind what comes in, in its run or between two', async () => {
    const settle = call(bed.geb.debtAuctionHouse, 'settleAuction', [1])
    await startAuctions(1)
    expect(await run([join(1_000n), bid(1)])).toBe('ok')
    await bed.pass(bed.geb.parameters.bidDuration)
    expect(await run([settle, sale(9_000n * WAD, 0n)])).toBe('SaleNotAlone')
    expect(await run([call(bed.geb.collateralJoin, 'exit', [agent.address, 0n]), sale(WAD, 0n)])).toBe('SaleNotAlone')
    expect(await run([sale(4_000n * WAD, 0n)])).toBe('ok')
    await bed.send(bed.geb.debtAuctionHouse, 'settleAuction', [1], who(thief))
    expect(await run([sale(2_001n * WAD, 0n)])).toBe('DayLimit')
  })

  it('cannot sell for another token than the owner named, nor what is not for sale', async () => {
    const { coin, protocolToken } = bed.geb
    const router = bed.ground.uniswap.router.address
    const order = { router, fee: 3_000, recipient: agent.address, deadline: 2n ** 40n, amountIn: WAD, minOut: 0n }
    const sell = (tokenIn: Address, tokenOut: Address): AgentCall => encodeSale({ ...order, tokenIn, tokenOut })
    const { address: native } = bed.ground.tokens.WETH
    const own = await bed.ground.admin.deploy(ownContract('HookToken'), ['a thief makes any token'])
    for (const tokenOut of [own.address, coin.address, protocolToken.address])
      expect(await run([sell(protocolToken.address, tokenOut)])).toBe('NotTheFloorsToken')
    for (const tokenIn of [coin.address, native, own.address])
      expect(await run([sell(tokenIn, native)])).toBe('NotForSale')
    const dirty = sell(protocolToken.address, native).data.replace(/^(0x.{8})0{24}/, `$1${'0'.repeat(23)}1`) as Hex
    expect(await run([{ to: router, data: dirty }])).toBe('NotForSale')
    // a sale that the owner allowed without saying that it is one
    const rule = [true, false, 0, 0, 0, 1n << 3n]
    const selector = sell(native, native).data.slice(0, 10)
    await bed.send(agent, 'setCall', [router, selector, rule], who(owner))
    expect(await run([sale(WAD, 0n)])).toBe('NotSold')
  })
})

describe('a sale of a token that does other things while it is pulled', () => {
  let hooked: Contract
  let other: Contract
  const unit = 1_000n * WAD
  const sell = (amountIn: bigint): AgentCall =>
    encodeSale({
      ...{ router: bed.ground.uniswap.router.address, tokenIn: hooked.address, fee: 3_000, minOut: 0n, amountIn },
      ...{ tokenOut: bed.ground.tokens.WETH.address, recipient: agent.address, deadline: 2n ** 40n },
    })
  const hook = (method: string, args: readonly unknown[], on = hooked): Promise<unknown> =>
    bed.send(hooked, 'setHook', [on.address, hooked.abi.encodeFunctionData(method, [...args])])

  beforeEach(async () => {
    const { admin, uniswap, tokens } = bed.ground
    hooked = await admin.deploy(ownContract('HookToken'), ['hooked'])
    other = await admin.deploy(ownContract('HookToken'), ['other'])
    for (const to of [agent.address, uniswap.maker]) await bed.send(hooked, 'mint', [to, 10n * unit])
    await bed.send(other, 'mint', [agent.address, unit])
    const pair = { tokens: [hooked, tokens.WETH] as const, fee: 3_000, tickSpacing: 60 }
    await openPair(admin, uniswap, { ...pair, amounts: [10n * unit, WAD] })
    // in the pool: 0.00008 ether each for 2,000, then 0.00006 for 1,000 or 0.00005 for 4,000
    for (const [token, floorRate] of [
      [hooked, (6n * WAD) / 100_000n],
      [other, 0n],
    ] as const) {
      const { target, query, scale } = walletPot(token.address, agent.address, 1n)
      const limits = [4n * unit, 6n * unit, 0n, floorRate]
      await bed.send(agent, 'addHolding', [[[[target, query, scale]], ...limits]], who(owner))
    }
    await bed.send(agent, 'approve', [hooked.address, uniswap.router.address, 2n ** 255n], who(owner))
  })

  it('counts with the amount that it names, whatever arrives meanwhile', async () => {
    expect(await run([sell(2n * unit)])).toBe('ok')
    await hook('mint', [agent.address, 9n * unit])
    expect(await run([sell(4n * unit + 1n)])).toBe('RunLimit')
    expect(await run([sell(4n * unit)])).toBe('BelowFloor')
    expect(await run([sell(unit)])).toBe('ok')
    expect(await run([sell(3n * unit + 1n)])).toBe('DayLimit')
  })

  it('takes nothing else along', async () => {
    await hook('burn', [agent.address, 1n], other)
    expect(await run([sell(WAD)])).toBe('NotSold')
    await hook('burn', [agent.address, 3n * unit])
    expect(await run([sell(2n * unit)])).toBe('RunLimit')
  })
})

/** Addresses that name no recipient: whose SAFE is liquidated. */
const NO_RECIPIENT = ['liquidationEngine.liquidateSAFE 1']

it('what `keeper deploy-agent` allows pins every recipient, and is what this agent was tried with', async () => {
  const { functions } = gebAgentNeeds(bed.market, agent.address)
  for (const one of functions) {
    const { name, target, selector, selfArguments } = one
    const [contract, method] = name.split('.') as [keyof GebBed['geb'], string]
    const inputs = (bed.geb[contract] as Contract).abi.getFunction(method)?.inputs ?? []
    const recipients = inputs.flatMap(({ type }, i) => (type === 'address' ? [i] : []))
    for (const i of recipients)
      expect([name, i, ((selfArguments >> BigInt(i)) & 1n) === 1n]).toEqual([
        ...[name, i, !NO_RECIPIENT.includes(`${name} ${i}`)],
      ])
    const answer = await bed.anvil.rpc('eth_call', [
      { to: agent.address, data: AGENT.encodeFunctionData('ruleOf', [target, selector]) },
      'latest',
    ])
    expect([name, ...AGENT.decodeFunctionResult('ruleOf', answer as string).toArray()]).toEqual([
      ...[name, ...ruleOf(one)],
    ])
  }
})
