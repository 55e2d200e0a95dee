import { Interface } from 'ethers'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { deployerOn, interfaceOf, type Contract, type Deployer, type Receipt } from '../../src/devnet/deployer.js'
import { SVR_CUTOFF_SECONDS, deployFeeds, priceOf, setPrice, type Feeds } from '../../src/devnet/feeds.js'
import { MULTICALL, placeMulticall } from '../../src/devnet/multicall.js'
import { approve, deployTokens, mint, type Tokens } from '../../src/devnet/tokens.js'
import { forwardedTransmit } from '../../src/devnet/transmit.js'
import { toAddress, type Address } from '../../src/domain/chain.js'

let anvil: Anvil
let admin: Deployer
let accounts: Address[]
let feeds: Feeds
let tokens: Tokens

beforeAll(async () => {
  anvil = await startAnvil()
  accounts = ((await anvil.rpc('eth_accounts', [])) as string[]).map(toAddress)
  admin = deployerOn(anvil.rpc, account(0))
  feeds = await deployFeeds(admin, { open: account(5), auction: account(6), unseen: account(7) })
  tokens = await deployTokens(admin)
  await placeMulticall(anvil.rpc)
})
afterAll(() => anvil.stop())

const account = (i: number): Address => accounts[i] ?? toAddress('0x')
const aggregatorOf = (symbol: 'WETH' | 'USDC' | 'WBTC'): Contract => feeds.aggregators[symbol] ?? feeds.sources[symbol]
const eventsOf = (receipt: Receipt, abi: Interface, address: Address): { name: string; args: unknown[] }[] =>
  receipt.logs
    .filter((log) => log.address.toLowerCase() === address)
    .map((log) => abi.parseLog({ topics: [...log.topics], data: log.data }))
    .map((event) => ({ name: event?.name ?? '', args: [...(event?.args ?? [])] as unknown[] }))

describe('feeds', () => {
  it('start a round through the proxy, with the events of an aggregator', async () => {
    const aggregator = aggregatorOf('WETH')
    const receipt = await admin.send(feeds.sources.WETH, 'setAnswer', [2_400_00000000n])
    const events = eventsOf(receipt, aggregator.abi, aggregator.address)
    expect(events.map((e) => e.name)).toEqual(['NewRound', 'AnswerUpdated'])
    expect(events[1]?.args.slice(0, 2)).toEqual([2_400_00000000n, 2n])
    const [roundId, answer, , updatedAt, answeredIn] = await admin.read(feeds.sources.WETH, 'latestRoundData')
    expect([roundId, answer, answeredIn]).toEqual([(1n << 64n) + 2n, 2_400_00000000n, (1n << 64n) + 2n])
    expect(updatedAt).toBe(events[1]?.args[2])
    const [, first] = await admin.read(feeds.sources.WETH, 'getRoundData', [(1n << 64n) + 1n])
    expect(first).toBe(2_500_00000000n)
    expect([...(await admin.read(feeds.sources.WETH, 'decimals'))]).toEqual([8n])
    expect([...(await admin.read(feeds.sources.WETH, 'description'))]).toEqual(['ETH / USD'])
  })

  it('take reports from the forwarder of the oracle network: selectors, median, events, order', async () => {
    const aggregator = aggregatorOf('USDC')
    const report = { observationsTimestamp: 1_700_000_000, epochAndRound: 0x0101n }
    const data = forwardedTransmit(aggregator.address, {
      ...report,
      observations: [59_000n, 60_500n, 61_000n, 70_000n],
    })
    expect(data.slice(0, 10)).toBe('0x6fadcf72')
    expect(data).toContain('b1dc65a4')
    const send = (bytes: string, from = feeds.nodes.open): Promise<Receipt> =>
      admin.rpc('eth_sendTransactionSync', [
        { from, to: feeds.forwarder.address, data: bytes, gas: '0x7a120' },
      ]) as Promise<Receipt>
    const receipt = await send(data)
    expect(receipt.status).toBe('0x1')
    const events = eventsOf(receipt, aggregator.abi, aggregator.address)
    expect(events.map((e) => e.name)).toEqual(['NewTransmission', 'NewRound', 'AnswerUpdated'])
    expect(events[0]?.args.slice(1, 4)).toEqual([61_000n, expect.stringMatching(/^0x/), 1_700_000_000n])
    expect(await priceOf(admin, feeds, 'USDC')).toBe(61_000n)
    // the same report again is stale; a newer one that is not sorted, or comes from somebody else, is refused too
    const why = (bytes: string, from: string): Promise<unknown> =>
      admin.rpc('eth_call', [{ from, to: feeds.forwarder.address, data: bytes }, 'latest']).catch((e: unknown) => e)
    const selector = (name: string): string => aggregator.abi.getError(name)?.selector ?? 'unknown'
    const notSorted = { ...report, epochAndRound: 0x0102n, observations: [2n, 1n] }
    expect(await why(data, feeds.nodes.open)).toMatchObject({ data: { data: selector('StaleReport') } })
    expect(await why(forwardedTransmit(aggregator.address, notSorted), feeds.nodes.open)).toMatchObject({
      data: { data: selector('ObservationsNotSorted') },
    })
    const notAuthorized = feeds.forwarder.abi.getError('NotAuthorizedSender')?.selector
    expect(await why(data, account(6))).toMatchObject({ data: { data: notAuthorized } })
    const direct = `0x${data.slice(data.indexOf('b1dc65a4'))}`
    const call = { from: account(6), to: aggregator.address, data: direct }
    await expect(admin.rpc('eth_call', [call, 'latest'])).rejects.toThrow(selector('UnauthorizedTransmitter'))
  })

  it('change their aggregator in two steps and a new phase', async () => {
    const next = await admin.deploy(ownContract('DevAggregator'), ['DAI / USD', 8, 99_000_000n])
    const source = feeds.sources.DAI
    await expect(admin.send(source, 'confirmAggregator', [next.address])).rejects.toThrow('NotProposed')
    await admin.send(source, 'proposeAggregator', [next.address])
    expect(await priceOf(admin, feeds, 'DAI')).toBe(1_00000000n)
    await expect(admin.send(source, 'confirmAggregator', [next.address], { from: account(6) })).rejects.toThrow(
      'NotOwner',
    )
    await admin.send(source, 'confirmAggregator', [next.address])
    expect(await priceOf(admin, feeds, 'DAI')).toBe(99_000_000n)
    expect([...(await admin.read(source, 'latestRound'))]).toEqual([(2n << 64n) + 1n])
  })

  it('include a capped ratio on the ether price: the rate moves without an event, the cap with one', async () => {
    await setPrice(admin, feeds, 'WETH', 2_000_00000000n)
    expect(await priceOf(admin, feeds, 'wstETH')).toBe(2_360_00000000n)
    const quiet = await admin.send(feeds.sources.wstETH, 'setAnswer', [2_345_67890123n])
    expect(quiet.logs).toEqual([])
    expect(await priceOf(admin, feeds, 'wstETH')).toBe(2_345_67890123n)
    const lifted = await admin.send(feeds.sources.wstETH, 'setAnswer', [2_400_00000000n])
    const events = eventsOf(lifted, feeds.sources.wstETH.abi, feeds.sources.wstETH.address)
    expect(events.map((e) => e.name)).toEqual(['CapParametersUpdated'])
    expect(await priceOf(admin, feeds, 'wstETH')).toBe(2_400_00000000n)
  })

  it('include a dual one: the market sees an auctioned round at once and another after the cutoff', async () => {
    const { address, abi } = aggregatorOf('WBTC')
    const send = async (price: bigint, epochAndRound: bigint, auctioned: boolean): Promise<Receipt> => {
      const report = { observationsTimestamp: 1_700_000_000, epochAndRound, observations: [price] }
      const data = forwardedTransmit(address, report, auctioned)
      expect(data).toContain(auctioned ? 'ba0cb29e' : 'b1dc65a4')
      const call = { from: feeds.nodes.open, to: feeds.forwarder.address, data, gas: '0x7a120' }
      return (await admin.rpc('eth_sendTransactionSync', [call])) as Receipt
    }
    const own = async (): Promise<bigint> => (await admin.read({ address, abi }, 'latestAnswer'))[0] as bigint
    expect((await send(61_000_00000000n, 1n, true)).status).toBe('0x1')
    expect([await priceOf(admin, feeds, 'WBTC'), await own()]).toEqual([61_000_00000000n, 60_000_00000000n])
    await admin.rpc('evm_increaseTime', [1])
    await admin.rpc('evm_mine', [])
    expect(await own()).toBe(61_000_00000000n)
    expect((await send(62_000_00000000n, 2n, false)).status).toBe('0x1')
    expect([await priceOf(admin, feeds, 'WBTC'), await own()]).toEqual([61_000_00000000n, 62_000_00000000n])
    await admin.rpc('evm_increaseTime', [SVR_CUTOFF_SECONDS + 1])
    await admin.rpc('evm_mine', [])
    expect(await priceOf(admin, feeds, 'WBTC')).toBe(62_000_00000000n)
  })
})

describe('tokens', () => {
  it('has a Tether that returns nothing and wants zero between allowances', async () => {
    await mint(admin, tokens, 'USDT', account(0), 10n)
    const transfer = tokens.USDT.abi.encodeFunctionData('transfer', [account(1), 4n])
    expect(await admin.rpc('eth_call', [{ from: account(0), to: tokens.USDT.address, data: transfer }, 'latest'])).toBe(
      '0x',
    )
    await admin.send(tokens.USDT, 'approve', [account(1), 5n])
    await expect(admin.send(tokens.USDT, 'approve', [account(1), 6n])).rejects.toThrow(/approve reverted/)
    await approve(admin, tokens.USDT, account(0), account(1))
    await admin.send(tokens.USDT, 'transferFrom', [account(0), account(2), 10n], { from: account(1) })
    await expect(admin.send(tokens.USDT, 'transfer', [account(1), 1n])).rejects.toThrow(/transfer reverted/)
  })

  it('wraps real ether', async () => {
    await mint(admin, tokens, 'WETH', account(2), 3n * 10n ** 18n)
    const before = BigInt((await admin.rpc('eth_getBalance', [account(2), 'latest'])) as string)
    const receipt = await admin.send(tokens.WETH, 'withdraw', [2n * 10n ** 18n], { from: account(2) })
    const after = BigInt((await admin.rpc('eth_getBalance', [account(2), 'latest'])) as string)
    expect(after - before).toBeGreaterThan(199n * 10n ** 16n)
    expect([...(await admin.read(tokens.WETH, 'balanceOf', [account(2)]))]).toEqual([10n ** 18n])
    expect(receipt.logs).toHaveLength(1)
  })
})

describe('multicall', () => {
  it('answers aggregate3 at the usual address and marks failures', async () => {
    const abi = interfaceOf(ownContract('DevMulticall'))
    const balance = tokens.WETH.abi.encodeFunctionData('balanceOf', [account(9)])
    const bad = tokens.USDC.abi.encodeFunctionData('transfer', [account(9), 1n])
    const calls = [
      [tokens.WETH.address, true, balance],
      [tokens.USDC.address, true, bad],
    ]
    const data = abi.encodeFunctionData('aggregate3', [calls])
    const answer = (await admin.rpc('eth_call', [{ to: MULTICALL, data }, 'latest'])) as string
    const [results] = abi.decodeFunctionResult('aggregate3', answer) as unknown as [[boolean, string][]]
    expect(results.map(([ok]) => ok)).toEqual([true, false])
    expect(results[1]?.[1].slice(0, 10)).toBe(tokens.USDC.abi.getError('InsufficientBalance')?.selector)
  })
})
