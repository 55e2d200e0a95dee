import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interface, computeAddress } from 'ethers'
import { AUCTION_AGENT } from '../../abis/auction-agent.js'
import { encodeRun, readAgent, readRooms } from '../../src/auctions/agent.js'
import { readAgentNow, setupSteps, type WantedAgent } from '../../src/auctions/agent-setup.js'
import { assumeAgent, canAssume } from '../../src/auctions/assumed-agent.js'
import { encodeSale } from '../../src/auctions/sale-call.js'
import { wantedAgent } from '../../src/auctions/wanted-agent.js'
import { limitsOf } from '../../src/cli/agent-plan.js'
import type { Cli } from '../../src/cli/command.js'
import { PRETENDED_AGENT, auctionMeans } from '../../src/cli/keeper/auctions/dry-agent.js'
import { auctionMarkets, requireAgent } from '../../src/cli/keeper/auctions/open-room.js'
import { main } from '../../src/cli/main.js'
import { marketsOf } from '../../src/cli/strategies.js'
import { readMarketFile, type MarketFileInput } from '../../src/config/market-file.js'
import { readSettings } from '../../src/config/read-settings.js'
import { describeGeb } from '../../src/devnet/geb/market-description.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { toAddress, type Address, type Hex, type Reader } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import { Redactor } from '../../src/ops/redaction.js'
import { gebAgentNeeds } from '../../strategies/geb/agent-needs.js'
import { startGebBed, type GebBed } from '../strategies/geb/support/bed.js'

const [OWNER, OPERATOR, STRANGER] = ['01', '02', '03'].map((byte) => `0x${byte.repeat(32)}`) as [string, string, string]
const addressOf = (key: string): Address => toAddress(computeAddress(key))
const AGENT = new Interface(AUCTION_AGENT)
const LIMITS = [
  ...['--coins-per-run', '2000', '--coins-per-day', '3000'],
  ...['--tokens-per-run', '4000', '--tokens-per-day', '6000', '--floor', '0.0001'],
]
const OPTIONS = {
  ...{ coinsPerRun: '2000', coinsPerDay: '3000', tokensPerRun: '4000', tokensPerDay: '6000', floor: '0.0001' },
}
const KEYS = { PRIVATE_KEY: OPERATOR, OWNER_PRIVATE_KEY: OWNER }

let bed: GebBed
let folder: string
let file: MarketFileInput
let agent = ''

beforeAll(async () => {
  bed = await startGebBed()
  const { anvil, ground, geb } = bed
  folder = mkdtempSync(join(tmpdir(), 'keeper-agent-'))
  const feed = ground.feeds.sources.WETH.address
  const router = ground.uniswap.router.address
  file = await describeGeb(ground, geb, feed, { id: anvil.chainId, blockTimeSeconds: 2 }, { router })
  for (const key of [OWNER, OPERATOR]) await anvil.rpc('anvil_setBalance', [addressOf(key), '0xde0b6b3a7640000'])
}, 60_000)
afterAll(async () => {
  await bed.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Said {
  readonly code: number
  readonly out: string
  readonly note: string
}

const keeper = (args: readonly string[], more: Record<string, string> = {}, market = file): Promise<Said> =>
  command(['deploy-agent', ...args], more, market)

/** What the doctor says of the agent. */
async function doctor(more: Record<string, string>): Promise<string[]> {
  const { out } = await command(['doctor', '--quick'], more)
  return out.split('\n').filter((line) => line.slice(5).startsWith('agent '))
}

async function command(args: readonly string[], more: Record<string, string>, market = file): Promise<Said> {
  const path = join(folder, 'markets.json')
  writeFileSync(path, JSON.stringify(market))
  const [outs, notes]: [string[], string[]] = [[], []]
  const redactor = new Redactor()
  const cli: Cli = {
    env: { KEEPER_ENV_FILE: '', RPC_URLS: bed.anvil.rpcUrl, MARKETS_FILE: path, DATA_DIR: folder, ...more },
    redactor,
    out: (line) => void outs.push(redactor.text(line)),
    note: (line) => void notes.push(redactor.text(line)),
  }
  const code = await main([...args], cli)
  return { code, out: outs.join('\n'), note: notes.join('\n') }
}

const nonce = (key: string): Promise<unknown> => bed.anvil.rpc('eth_getTransactionCount', [addressOf(key), 'latest'])

async function read(method: string, args: readonly unknown[] = []): Promise<readonly unknown[]> {
  const data = AGENT.encodeFunctionData(method, [...args])
  const answer = await bed.anvil.rpc('eth_call', [{ to: agent, data }, 'latest'])
  return AGENT.decodeFunctionResult(method, answer as string).toArray() as unknown[]
}

async function run(calls: readonly { readonly to: Address; readonly data: Hex }[], key = OPERATOR): Promise<boolean> {
  const data = encodeRun(2 ** 40, 2n ** 60n, calls)
  return bed.anvil.rpc('eth_call', [{ from: addressOf(key), to: agent, data }, 'latest']).then(
    () => true,
    () => false,
  )
}

const call = (to: Contract, method: string, args: readonly unknown[]) => ({
  ...{ to: to.address, data: to.abi.encodeFunctionData(method, [...args]) as Hex },
})

describe('deploy-agent refuses in one line', () => {
  const without = (flag: string): string[] => LIMITS.filter((one, i) => one !== flag && LIMITS[i - 1] !== flag)
  const changed = (flag: string, value: string): string[] =>
    LIMITS.map((one, i) => (LIMITS[i - 1] === flag ? value : one))

  test.each([
    ['no owner', LIMITS, { PRIVATE_KEY: OPERATOR }, /^keeper: OWNER_PRIVATE_KEY: is not set/],
    ['no operator', LIMITS, { OWNER_PRIVATE_KEY: OWNER }, /^keeper: OPERATOR_ADDRESSES: is not set/],
    ['one key for both', LIMITS, { ...KEYS, PRIVATE_KEY: OWNER }, /^keeper: OPERATOR_ADDRESSES: .* is also the owner/],
    ['no limits', [], KEYS, /^keeper: --coins-per-run, .*limits of coin and protocol token are not given/],
    ['no floor', without('--floor'), KEYS, /^keeper: --floor: must be given too/],
    ['a floor of nothing', changed('--floor', '0'), KEYS, /^keeper: --floor: must be above zero/],
    ['a day below a run', changed('--coins-per-day', '1999'), KEYS, /^keeper: --coins-per-day: must be at least/],
    ['no number', changed('--coins-per-run', '-1'), KEYS, /^keeper: --coins-per-run: is "-1"/],
    ['no money', LIMITS, { ...KEYS, OWNER_PRIVATE_KEY: STRANGER }, /^keeper: OWNER_PRIVATE_KEY: .* send it gas money/m],
  ])('%s', async (_, args, env, line) => {
    const said = await keeper(args, env)
    expect([said.code, said.out]).toEqual([2, ''])
    expect(said.note).toMatch(line)
    expect(said.note.split('\n').filter((one) => one.startsWith('keeper: '))).toHaveLength(1)
  })

  test('a market without "auctions" is told what to add', async () => {
    const markets = file.markets.map(({ auctions, ...rest }) => ({ ...rest, was: auctions }))
    const bare = { ...file, markets: markets.map(({ was: _, ...rest }) => rest) }
    const said = await keeper(LIMITS, KEYS, bare)
    expect(said.note).toMatch(/^keeper: MARKETS_FILE: geb-devnet: add "auctions": \{ "router"/)
  })
})

describe('deploy-agent', () => {
  test('--dry-run shows the plan and its cost and sends nothing', async () => {
    const said = await keeper([...LIMITS, '--dry-run'], KEYS)
    expect([said.code, said.out]).toEqual([0, ''])
    for (const part of [
      ...[addressOf(OWNER), addressOf(OPERATOR), 'coin: 2000.0 per run, 3000.0 per day'],
      ...['for at least 0.0001 native tokens each', 'debtAuctionHouse.decreaseSoldAmount', 'nothing was sent'],
    ])
      expect(said.note).toContain(part)
    expect(said.note).toMatch(/deployment and \d+ transactions that set it up: about \d+ gas/)
    expect(await nonce(OWNER)).toBe('0x0')
  })

  test('deploys, sets all up within the gas that it spoke of, and prints the setting alone on stdout', async () => {
    const said = await keeper(LIMITS, KEYS)
    expect([said.code, said.note]).toEqual([0, expect.stringContaining('deployed at')])
    expect(said.out).toMatch(/^AUCTION_AGENT_ADDRESS=0x[0-9a-f]{40}$/)
    expect(said.note).toContain('"maxPerAuction":"2000","maxLocked":"3000"')
    expect(said.note + said.out).not.toMatch(/(01){32}|(02){32}/)
    agent = said.out.split('=')[1] ?? ''
    const [most] = /\d+(?= gas)/.exec(said.note) ?? []
    expect(await gasUsed()).toBeLessThanOrEqual(BigInt(most ?? 0))
    expect((await read('owner'))[0]).toBe(computeAddress(OWNER))
    expect(await read('standing', [0])).toEqual([0n, 0n, 0n])
    expect(await read('standing', [1])).toEqual([0n, 2_000n * WAD * RAY, 3_000n * WAD * RAY])
    expect(await read('standing', [2])).toEqual([0n, 4_000n * WAD, 6_000n * WAD])
  })

  test('the doctor says what auctions still need, with the command for it, and nothing more when all is there', async () => {
    const one = /^warn agent +AUCTION_AGENT_ADDRESS is not set: .* run `keeper deploy-agent --coins-per-run <amount> /
    expect(await doctor({ PRIVATE_KEY: OPERATOR })).toEqual([expect.stringMatching(one)])
    const there = { AUCTION_AGENT_ADDRESS: agent, PRIVATE_KEY: OPERATOR }
    expect(await doctor({ ...there, AUCTION_AGENT_ADDRESS: `0x${'12'.repeat(20)}` })).toEqual([
      expect.stringMatching(/^FAIL agent +.* has no code; leave it empty and run/),
    ])
    const poor = /^warn agent +0x\w+ holds 0\.0 coin: send it coins \(0x\w+\) to bid with/
    expect(await doctor(there)).toEqual([expect.stringMatching(poor)])
    const before = await bed.anvil.rpc('evm_snapshot', [])
    await bed.anvil.rpc('anvil_impersonateAccount', [addressOf(OWNER)])
    await bed.send({ address: toAddress(agent), abi: AGENT }, 'setLimits', [1, 0, 0, 0, 0], addressOf(OWNER))
    await bed.send(bed.geb.coin, 'transfer', [agent, WAD], bed.bidder)
    expect(await doctor({ ...there, PRIVATE_KEY: STRANGER })).toEqual([
      expect.stringMatching(
        /limits of coin are zero: .*run `keeper deploy-agent --coins-per-run <amount> --coins-per-day <amount>`/,
      ),
      expect.stringMatching(/lacks: operator 0x\w+; run `keeper deploy-agent` again/),
    ])
    await bed.anvil.rpc('evm_revert', [before])
    await bed.send(bed.geb.coin, 'transfer', [agent, WAD], bed.bidder)
    expect(await doctor(there)).toEqual([expect.stringMatching(/^ok +agent +0x\w+: set up and funded/)])
  })

  test('the keeper starts with no other contract, nor with an agent that does not obey it', async () => {
    const block = (await bed.head()).number
    const check = (at: string, operator: string, dryRun = false) =>
      requireAgent(bed.reader, toAddress(at), [addressOf(operator)], dryRun, block)
    for (const other of [bed.geb.coin.address, PRETENDED_AGENT])
      await expect(check(other, OPERATOR)).rejects.toThrow(/no AuctionAgent of this version/)
    await expect(check(bed.geb.coin.address, OPERATOR, true)).rejects.toThrow(/no AuctionAgent of this version/)
    await expect(check(agent, STRANGER)).rejects.toThrow(/does not obey/)
    expect(await check(agent, OPERATOR)).toHaveLength(3)
  })

  test('an agent that is only assumed has all that this one has, and can do what it can', async () => {
    const { geb, reader, market } = bed
    const assumed = PRETENDED_AGENT
    const block = (await bed.head()).number
    const wanted = (at: Address): WantedAgent =>
      wantedAgent(
        [{ needs: gebAgentNeeds(market, at), router: bed.ground.uniswap.router.address }],
        (token) => limitsOf(token, OPTIONS),
        { agent: at, operators: [addressOf(OPERATOR)], wrappedNative: bed.ground.tokens.WETH.address },
      )
    expect(await canAssume(reader, assumed, block)).toBe(true)
    // a node that does not know of assumptions answers with what is there
    expect(await canAssume({ ...dumb(reader), assuming: () => reader }, assumed, block)).toBe(false)
    const coins = [{ token: geb.coin.address, symbol: 'coin', amount: 2_500n * WAD }]
    const { state, lacks } = await assumeAgent(reader, assumed, addressOf(OWNER), wanted(assumed), coins, block)
    expect(lacks).toEqual([])
    const seen = reader.assuming(state)
    const now = await readAgentNow(seen, assumed, wanted(assumed), block)
    const real = await readAgentNow(reader, toAddress(agent), wanted(toAddress(agent)), block)
    expect(now).toEqual(real)
    expect(setupSteps(assumed, wanted(assumed), now)).toEqual([])
    const { owner, stranger, holdings } = await readAgent(seen, assumed, [addressOf(OPERATOR)], block)
    expect([owner, stranger]).toEqual([addressOf(OWNER), null])
    expect((await readRooms(seen, assumed, holdings, block))[1]).toEqual({
      ...{ sum: 2_500n * WAD, perRun: 2_000n * WAD, left: 3_000n * WAD },
    })
    const joins = (coin: bigint) => encodeRun(2 ** 40, 2n ** 60n, [call(geb.coinJoin, 'join', [assumed, coin * WAD])])
    const runs = (data: Hex): Promise<boolean> =>
      bed.anvil.rpc('eth_call', [{ from: addressOf(OPERATOR), to: assumed, data }, 'latest', state]).then(
        () => true,
        () => false,
      )
    expect(await Promise.all([runs(joins(2_000n)), runs(joins(2_501n))])).toEqual([true, false])
    expect(await reader.code(assumed, block)).toBe('0x')
  })

  test('nothing is assumed where something may be sent, and a node without state overrides is told of', async () => {
    const markets = auctionMarkets(marketsOf(readMarketFile(join(folder, 'markets.json'))))
    const block = (await bed.head()).number
    const given = { markets, operators: [], block, wrappedNative: bed.ground.tokens.WETH.address }
    const settings = readSettings({}, { needs: 'nothing' })
    const live = await auctionMeans({ ...given, settings, reader: bed.reader, dryRun: false })
    expect([live.settings, live.reader, live.assumed]).toEqual([settings, bed.reader, null])
    const there = { ...settings, auctionAgent: toAddress(agent) }
    const real = await auctionMeans({ ...given, settings: there, reader: bed.reader, dryRun: true })
    expect([real.settings, real.assumed, real.notes]).toEqual([there, null, []])
    const none = await auctionMeans({
      ...{ ...given, settings: { ...settings, auctionAgent: PRETENDED_AGENT }, dryRun: true },
      reader: { ...dumb(bed.reader), assuming: () => bed.reader },
    })
    expect([none.settings.auctionAgent, none.assumed]).toEqual([null, null])
    expect(none.notes).toEqual([
      expect.stringMatching(/RPC_URLS take no state overrides: auctions are shown with estimates/),
    ])
  })

  const dumb = (inner: Reader): Reader => ({
    calls: (requests, block) => inner.calls(requests, block),
    logs: (filter, from, to) => inner.logs(filter, from, to),
    code: (address, block) => inner.code(address, block),
    storage: (address, slot, block) => inner.storage(address, slot, block),
  })

  /** Of all that the owner sent. */
  async function gasUsed(): Promise<bigint> {
    let sum = 0n
    const head = await bed.head()
    for (let number = head.number; number > 0; number--) {
      const block = (await bed.anvil.rpc('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as {
        readonly gasUsed: Hex
        readonly transactions: readonly { readonly from: string }[]
      }
      if (block.transactions[0]?.from.toLowerCase() === addressOf(OWNER)) sum += BigInt(block.gasUsed)
    }
    return sum
  }

  test('what it set up works: the operator joins and bids, and nobody else can, nor sell to anybody else', async () => {
    const { geb, ground } = bed
    const me = toAddress(agent)
    await bed.send(geb.coin, 'transfer', [me, 5_000n * WAD], bed.bidder)
    const victim = toAddress(`0x${'8b'.repeat(20)}`)
    await bed.openSafe(victim, 4n * WAD, 5_200n * WAD)
    await bed.collateralAt(1_500n)
    await bed.liquidate(victim)
    const { timestamp } = await bed.head()
    await bed.pass(geb.parameters.popDebtDelay)
    const [pop, start] = [
      call(geb.accountingEngine, 'popDebtFromQueue', [timestamp]),
      call(geb.accountingEngine, 'auctionDebt', []),
    ]
    const join = (coins: bigint, to = me) => call(geb.coinJoin, 'join', [to, coins * WAD])
    const bid = (id: number) => call(geb.debtAuctionHouse, 'decreaseSoldAmount', [id, 9_000n * WAD])
    expect(await run([pop, start, join(1_000n), bid(1)])).toBe(true)
    expect(await run([pop, start, join(1_000n), bid(1)], STRANGER)).toBe(false)
    expect(await run([pop, start, start, start, join(3_000n), bid(1), bid(2), bid(3)])).toBe(false)
    expect(await run([join(1n, addressOf(OPERATOR))])).toBe(false)
    const sale = (recipient: Address) =>
      encodeSale({
        ...{ router: ground.uniswap.router.address, tokenIn: geb.protocolToken.address, fee: 3_000, minOut: 0n },
        ...{ tokenOut: ground.tokens.WETH.address, recipient, deadline: 2n ** 40n, amountIn: WAD },
      })
    expect(await run([sale(addressOf(OPERATOR))])).toBe(false)
  })

  test('a second run finds nothing to do; other limits and a second operator are set, and nothing else', async () => {
    const there = { ...KEYS, AUCTION_AGENT_ADDRESS: agent }
    expect((await keeper(LIMITS, there)).note).toContain('nothing to do')
    expect((await keeper([], there)).note).toContain('nothing to do')
    const more = { ...there, OPERATOR_ADDRESSES: `${addressOf(OPERATOR)},${bed.rival}` }
    const lower = ['--coins-per-run', '1000', '--coins-per-day', '1000']
    const said = await keeper(lower, more)
    expect(said.note).toContain('step 2 of 2')
    expect(said.out).toBe(`AUCTION_AGENT_ADDRESS=${agent}`)
    expect((await read('standing', [1]))[1]).toBe(1_000n * WAD * RAY)
    expect(await read('isOperator', [bed.rival])).toEqual([true])
    expect((await read('holdings'))[0]).toHaveLength(3)
  })

  test('a contract that is no agent, and an agent of somebody else', async () => {
    const there = { ...KEYS, AUCTION_AGENT_ADDRESS: agent }
    const other = await keeper([], { ...there, AUCTION_AGENT_ADDRESS: bed.geb.coin.address })
    expect(other.note).toMatch(/^keeper: AUCTION_AGENT_ADDRESS: .* is not an AuctionAgent of this version/m)
    const stranger = await keeper([], { ...there, OWNER_PRIVATE_KEY: STRANGER })
    expect(stranger.note).toContain(`belongs to ${addressOf(OWNER)}`)
  })
})
