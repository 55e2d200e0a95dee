import { encodeBytes32String, keccak256 } from 'ethers'
import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { startAnvil, type Anvil } from '../../../../src/devnet/anvil.js'
import { deployerOn, type Contract, type Deployer } from '../../../../src/devnet/deployer.js'
import { placeMulticall, MULTICALL } from '../../../../src/devnet/multicall.js'
import { toAddress, type Address, type BlockRef, type Hex } from '../../../../src/domain/chain.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'

export const ILK = encodeBytes32String('ETH-A') as Hex
export const OTHER_ILK = encodeBytes32String('ETH-B') as Hex

/** Stand-ins for Maker on a node of their own: Vat, Dog, Clip, Vow, Flopper and the governance token. */
export interface MakerBed {
  readonly anvil: Anvil
  readonly admin: Deployer
  readonly accounts: readonly Address[]
  readonly vat: Contract
  readonly dog: Contract
  readonly clip: Contract
  readonly vow: Contract
  readonly flopper: Contract
  readonly gov: Contract
  readonly market: Market
  readonly reader: ChainReader
  head(): Promise<BlockRef>
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
  const deploy = (name: string, args: readonly unknown[] = []): Promise<Contract> =>
    admin.deploy(ownContract(name), args)
  const vat = await deploy('MakerVatStandIn')
  const gov = await deploy('MakerGovStandIn')
  const flopper = await deploy('MakerFlopStandIn', [gov.address])
  const vow = await deploy('MakerVowStandIn', [vat.address, flopper.address])
  const clip = await deploy('MakerClipStandIn', [vat.address, vow.address, ILK])
  const dog = await deploy('MakerDogStandIn', [vat.address, vow.address])
  for (const ilk of [ILK, OTHER_ILK]) await admin.send(vat, 'init', [ilk])
  await admin.send(dog, 'file(bytes32,bytes32,address)', [ILK, encodeBytes32String('clip'), clip.address])
  const chainId = anvil.chainId
  const rpc = new RpcClient({ urls: [anvil.rpcUrl], chainId, logger: silentLogger, metrics: noMetrics })
  const code = (await anvil.rpc('eth_getCode', [dog.address, 'latest'])) as Hex
  return {
    ...{ anvil, admin, accounts, vat, dog, clip, vow, flopper, gov },
    market: {
      ...{ id: 'maker-eth-a', strategy: 'maker', chainId, deployBlock: 0 },
      contracts: {
        ...{ vat: vat.address, dog: dog.address, vow: vow.address, clip: clip.address },
        ...{ collateral: gov.address, coin: gov.address, feed: gov.address },
      },
      implementationCodeHashes: [keccak256(code)],
    },
    reader: new ChainReader(rpc, { multicall: MULTICALL }),
    async head() {
      const block = (await anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
      const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
      return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
    },
    stop: () => anvil.stop(),
  }
}
