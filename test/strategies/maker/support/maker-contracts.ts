import { encodeBytes32String, keccak256 } from 'ethers'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import type { Contract, Deployer } from '../../../../src/devnet/deployer.js'
import type { Address, Hex } from '../../../../src/domain/chain.js'
import { RAY, WAD } from '../../../../src/domain/maths.js'
import type { Market } from '../../../../src/domain/market.js'
import { RAD } from '../../../../strategies/maker/maths.js'

export const ILK = encodeBytes32String('ETH-A') as Hex
export const OTHER_ILK = encodeBytes32String('ETH-B') as Hex

export const what = (name: string): string => encodeBytes32String(name)

/** Stand-ins for Maker's contracts, and our taker on them. */
export interface MakerContracts {
  readonly vat: Contract
  readonly spotter: Contract
  readonly dog: Contract
  readonly clip: Contract
  readonly curve: Contract
  readonly vow: Contract
  readonly flopper: Contract
  readonly gov: Contract
  readonly gemJoin: Contract
  readonly daiJoin: Contract
  readonly taker: Contract
  readonly market: Market
}

export interface MakerGround {
  readonly chainId: number
  readonly collateral: Address
  readonly coin: Address
  readonly feed: Address
  readonly coinFeed: Address
  readonly deployBlock: number
}

/** What the Clipper of ETH-A is set to: stairs of 1 % each 90 s, 20 % above the oracle, reset after 140 minutes or 60 %. */
const CLIP: Readonly<Record<string, bigint>> = {
  buf: (RAY * 120n) / 100n,
  tail: 8_400n,
  cusp: (RAY * 40n) / 100n,
  tip: 250n * RAD,
  chip: WAD / 1_000n,
  chost: 565n * RAD,
}

export async function deployMaker(admin: Deployer, ground: MakerGround): Promise<MakerContracts> {
  const deploy = (name: string, args: readonly unknown[] = []): Promise<Contract> =>
    admin.deploy(ownContract(name), args)
  const vat = await deploy('MakerVatStandIn')
  const spotter = await deploy('MakerSpotStandIn', [vat.address])
  const gov = await deploy('MakerGovStandIn')
  const flopper = await deploy('MakerFlopStandIn', [vat.address, gov.address])
  const vow = await deploy('MakerVowStandIn', [vat.address, flopper.address])
  const clip = await deploy('MakerClipStandIn', [vat.address, spotter.address, vow.address, ILK])
  const curve = await deploy('MakerCurveStandIn', [1n, 0n, 90n, (RAY * 99n) / 100n])
  const dog = await deploy('MakerDogStandIn', [vat.address, vow.address])
  const gemJoin = await deploy('MakerGemJoinStandIn', [vat.address, ILK, ground.collateral])
  const daiJoin = await deploy('MakerDaiJoinStandIn', [vat.address, ground.coin])
  for (const ilk of [ILK, OTHER_ILK]) {
    await admin.send(vat, 'init', [ilk])
    await admin.send(spotter, 'file', [ilk, (RAY * 145n) / 100n])
  }
  await admin.send(dog, 'file(bytes32,bytes32,address)', [ILK, what('clip'), clip.address])
  for (const [name, value] of Object.entries(CLIP)) await admin.send(clip, 'file(bytes32,uint256)', [what(name), value])
  await admin.send(clip, 'file(bytes32,address)', [what('dog'), dog.address])
  await admin.send(clip, 'file(bytes32,address)', [what('calc'), curve.address])
  const taker = await deploy('ClipTaker', [clip.address, gemJoin.address, daiJoin.address])
  const contracts = { vat, spotter, dog, clip, curve, vow, flopper, gov, gemJoin, daiJoin, taker }
  const codes = await Promise.all(
    [dog, clip].map(({ address }) => admin.rpc('eth_getCode', [address, 'latest']) as Promise<Hex>),
  )
  return {
    ...contracts,
    market: marketOf(
      contracts,
      ground,
      codes.map((code) => keccak256(code)),
    ),
  }
}

function marketOf(
  { vat, dog, vow, clip, flopper, gov, gemJoin, daiJoin, taker }: Omit<MakerContracts, 'market'>,
  { chainId, deployBlock, collateral, coin, feed, coinFeed }: MakerGround,
  implementationCodeHashes: readonly string[],
): Market {
  return {
    ...{ id: 'maker-eth-a', strategy: 'maker', chainId, deployBlock },
    contracts: {
      ...{ vat: vat.address, dog: dog.address, vow: vow.address, clip: clip.address, taker: taker.address },
      ...{ collateral, coin, feed, coinFeed, collateralJoin: gemJoin.address, coinJoin: daiJoin.address },
      ...{ flopper: flopper.address, governanceToken: gov.address },
    },
    implementationCodeHashes,
  }
}
