import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { startAnvil, type Anvil } from '../../../../src/devnet/anvil.js'
import { deployerOn, type Contract, type Deployer } from '../../../../src/devnet/deployer.js'
import { placeMulticall, MULTICALL } from '../../../../src/devnet/multicall.js'
import { toAddress, type Address, type BlockRef, type Hex } from '../../../../src/domain/chain.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'
import { deployMaker, type MakerContracts } from './maker-contracts.js'

/** Stand-ins for Maker on a node of their own. */
export interface MakerBed extends MakerContracts {
  readonly anvil: Anvil
  readonly admin: Deployer
  readonly accounts: readonly Address[]
  readonly reader: ChainReader
  head(): Promise<BlockRef>
  deploy(name: string, args?: readonly unknown[]): Promise<Contract>
  stop(): Promise<void>
}

export async function startMakerBed(): Promise<MakerBed> {
  const anvil = await startAnvil()
  try {
    return await bedOn(anvil)
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

async function bedOn(anvil: Anvil): Promise<MakerBed> {
  const accounts = ((await anvil.rpc('eth_accounts', [])) as string[]).map(toAddress)
  const [from = toAddress(`0x${'0'.repeat(40)}`)] = accounts
  const admin = deployerOn(anvil.rpc, from)
  await placeMulticall(anvil.rpc)
  const token = (name: string): Promise<Contract> => admin.deploy(ownContract('DevToken'), [name, name, 18])
  const [collateral, coin] = [await token('WETH'), await token('DAI')]
  const chainId = anvil.chainId
  const maker = await deployMaker(admin, {
    ...{ chainId, collateral: collateral.address, coin: coin.address, deployBlock: 0 },
    ...{ feed: collateral.address, coinFeed: coin.address },
  })
  const rpc = new RpcClient({ urls: [anvil.rpcUrl], chainId, logger: silentLogger, metrics: noMetrics })
  return {
    ...{ anvil, admin, accounts, ...maker },
    reader: new ChainReader(rpc, { multicall: MULTICALL }),
    head: () => headOf(anvil),
    deploy: (name, args = []) => admin.deploy(ownContract(name), args),
    stop: () => anvil.stop(),
  }
}

export async function headOf(anvil: Anvil): Promise<BlockRef> {
  const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
  const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
  return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
}
