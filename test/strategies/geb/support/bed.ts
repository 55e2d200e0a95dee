import type { RefillProtocol } from '../../../../src/auctions/protocol.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { ChainReader } from '../../../../src/chain/reader.js'
import { startAnvil, type Anvil } from '../../../../src/devnet/anvil.js'
import { deployGeb, type Geb } from '../../../../src/devnet/geb/deploy.js'
import type { GebParameters } from '../../../../src/devnet/geb/parameters.js'
import { exitCoins, openSafe } from '../../../../src/devnet/geb/safes.js'
import { accountOf, layGround, type Ground } from '../../../../src/devnet/ground.js'
import { MULTICALL } from '../../../../src/devnet/multicall.js'
import { giveEther } from '../../../../src/devnet/tokens.js'
import { setPrice } from '../../../../src/devnet/feeds.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { toAddress, type Address, type BlockRef, type Hex } from '../../../../src/domain/chain.js'
import { KeeperError } from '../../../../src/domain/errors.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'
import { gebRefill } from '../../../../strategies/geb/refill.js'

/** A real GEB on a node of its own, with a bidder who has coins inside the engine. */
export interface GebBed {
  readonly anvil: Anvil
  readonly ground: Ground
  readonly geb: Geb
  readonly market: Market
  readonly reader: ChainReader
  readonly rpc: RpcClient
  readonly refill: RefillProtocol
  readonly bidder: Address
  readonly rival: Address
  head(): Promise<BlockRef>
  openSafe(owner: Address, collateral: bigint, debt: bigint): Promise<void>
  /** USD; moves the feed, then the delayed oracle twice, then the engine's price. */
  collateralAt(usd: bigint): Promise<void>
  liquidate(owner: Address): Promise<void>
  send(to: Contract, method: string, args: readonly unknown[], from?: Address): Promise<void>
  /** The next block has this timestamp. */
  at(timestamp: bigint): Promise<void>
  pass(seconds: bigint): Promise<void>
  /** What a call answers in a block of time `t`, or null where it reverts. */
  callAt(
    to: Contract,
    method: string,
    args: readonly unknown[],
    t: bigint,
    from?: Address,
  ): Promise<readonly bigint[] | null>
  stop(): Promise<void>
}

const WAD = 10n ** 18n

export async function startGebBed(changes: Partial<GebParameters> = {}): Promise<GebBed> {
  const anvil = await startAnvil()
  const rpc = new RpcClient({ urls: [anvil.rpcUrl], chainId: anvil.chainId, logger: silentLogger, metrics: noMetrics })
  try {
    await rpc.start()
    const ground = await layGround(anvil)
    const feed = ground.feeds.sources.WETH.address
    const geb = await deployGeb(ground.admin, ground.tokens.WETH, feed, changes)
    const bed = bedOf(anvil, ground, geb, rpc, marketOf(geb, feed, anvil.chainId))
    for (const who of [bed.bidder, bed.rival]) await fund(bed, who)
    return bed
  } catch (error) {
    rpc.close()
    await anvil.stop()
    throw error
  }
}

function marketOf(geb: Geb, feed: Address, chainId: number): Market {
  const named = Object.entries(geb).flatMap(([name, part]) =>
    typeof part === 'object' && part !== null && 'address' in part ? [[name, part.address] as const] : [],
  )
  return {
    ...{ id: 'geb-test', strategy: 'geb', chainId, deployBlock: geb.deployBlock, implementationCodeHashes: [] },
    contracts: { ...Object.fromEntries(named), feed },
  }
}

/** Coins from a SAFE of its own, a part inside the engine and a part in the wallet; both houses may take them. */
async function fund({ ground, geb }: GebBed, who: Address): Promise<void> {
  const { admin, tokens } = ground
  await openSafe(admin, tokens, geb, who, { collateral: 1_000n * WAD, debt: 200_000n * WAD })
  await exitCoins(admin, geb, who, who, 50_000n * WAD)
  for (const house of [geb.debtAuctionHouse, geb.collateralAuctionHouse])
    await admin.send(geb.safeEngine, 'approveSAFEModification', [house.address], { from: who })
}

function bedOf(anvil: Anvil, ground: Ground, geb: Geb, rpc: RpcClient, market: Market): GebBed {
  const { admin, accounts, tokens, feeds } = ground
  const reader = new ChainReader(rpc, { multicall: MULTICALL })
  const send = async (to: Contract, method: string, args: readonly unknown[], from?: Address): Promise<void> => {
    await admin.send(to, method, args, from === undefined ? {} : { from })
  }
  const head = async (): Promise<BlockRef> => {
    const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
    const [number, hash, parent, timestamp] = ['number', 'hash', 'parentHash', 'timestamp'].map(
      (key) => block[key] ?? '0x',
    )
    return { number: Number(number), hash: hash as Hex, parentHash: parent as Hex, timestamp: BigInt(timestamp ?? 0) }
  }
  const at = async (timestamp: bigint): Promise<void> => {
    await anvil.rpc('evm_setNextBlockTimestamp', [Number(timestamp)])
    await anvil.rpc('evm_mine', [])
  }
  const pass = async (seconds: bigint): Promise<void> => at((await head()).timestamp + seconds)
  return {
    ...{ anvil, ground, geb, market, reader, rpc, refill: gebRefill, head, send, at, pass },
    bidder: accountOf(accounts, 6),
    rival: accountOf(accounts, 7),
    openSafe: (owner, collateral, debt) => openSafe(admin, tokens, geb, owner, { collateral, debt }),
    async collateralAt(usd) {
      await setPrice(admin, feeds, 'WETH', usd * 10n ** 8n)
      for (let i = 0; i < 2; i++) {
        await pass(geb.parameters.oracleDelay)
        await send(geb.delayedOracle, 'updateResult', [])
      }
      await send(geb.oracleRelayer, 'updateCollateralPrice', [geb.cType])
    },
    liquidate: (owner) => send(geb.liquidationEngine, 'liquidateSAFE', [geb.cType, owner]),
    async callAt(to, method, args, t, from) {
      const call = { to: to.address, data: to.abi.encodeFunctionData(method, [...args]), ...(from ? { from } : {}) }
      try {
        const answer = await anvil.rpc('eth_call', [call, 'latest', {}, { time: `0x${t.toString(16)}` }])
        return to.abi.decodeFunctionResult(method, answer as string).toArray() as bigint[]
      } catch (error) {
        if (error instanceof KeeperError && error.code === 'devnet-rpc') return null
        throw error
      }
    },
    async stop() {
      rpc.close()
      await anvil.stop()
    },
  }
}

/** A SAFE of `owner` has left 5,200 coins of debt: out of the queue, it may be auctioned. */
export async function popDebt(bed: GebBed, owner: Address): Promise<void> {
  await bed.openSafe(owner, 4n * WAD, 5_200n * WAD)
  await bed.collateralAt(1_500n)
  await bed.liquidate(owner)
  const { timestamp } = await bed.head()
  await bed.pass(bed.geb.parameters.popDebtDelay)
  await bed.send(bed.geb.accountingEngine, 'popDebtFromQueue', [timestamp])
}

/** An account that nobody else is, with some ether. */
export async function somebody({ ground }: GebBed, index: number): Promise<Address> {
  const account = toAddress(`0x${(0xabc000 + index).toString(16).padStart(40, '0')}`)
  await giveEther(ground.admin, account, WAD)
  return account
}
