import { AbiCoder, encodeBytes32String, zeroPadValue } from 'ethers'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { RAY, WAD } from '../../domain/maths.js'
import { contractAt, type Contract, type Deployer } from '../deployer.js'
import { gebArtifact } from './artifacts.js'
import { GEB_PARAMETERS, RAD, type GebParameters } from './parameters.js'

/** A whole GEB system with one collateral: the real contracts but for the registry of SAFEs. */
export interface Geb {
  readonly cType: Hex
  readonly safeEngine: Contract
  readonly liquidationEngine: Contract
  readonly accountingEngine: Contract
  readonly collateralAuctionHouse: Contract
  readonly debtAuctionHouse: Contract
  readonly surplusAuctionHouse: Contract
  readonly oracleRelayer: Contract
  readonly taxCollector: Contract
  readonly delayedOracle: Contract
  readonly coinJoin: Contract
  readonly collateralJoin: Contract
  readonly coin: Contract
  readonly protocolToken: Contract
  readonly collateral: Contract
  readonly parameters: GebParameters
  readonly deployBlock: number
}

/** Answers 1 to everything: as registry of SAFEs it makes every account one, in place of Vault721 and its manager. */
const EVERYBODY_IS_A_SAFE = '0x600160005260206000f3'
const MANAGER: Address = toAddress('0x00000000000000000000000000000000005afe00')
export const C_TYPE = encodeBytes32String('ETH-A') as Hex

const coder = AbiCoder.defaultAbiCoder()

/** Deploys it over a collateral token and its Chainlink-like feed; `on.from` governs it. About two seconds. */
export async function deployGeb(
  on: Deployer,
  collateral: Contract,
  feed: Address,
  changes: Partial<GebParameters> = {},
): Promise<Geb> {
  const parameters = { ...GEB_PARAMETERS, ...changes }
  const deployBlock = Number(await on.rpc('eth_blockNumber', []))
  const tokens = await deployTokens(on)
  const safeEngine = await on.deploy(gebArtifact('SAFEEngine'), [[10_000_000n * WAD, 10_000_000n * RAD]])
  const oracles = await deployOracles(on, safeEngine, feed, parameters)
  const houses = await deployHouses(on, { ...tokens, ...oracles, safeEngine }, parameters)
  const coinJoin = await on.deploy(gebArtifact('CoinJoin'), [safeEngine.address, tokens.coin.address])
  const collateralJoin = await on.deploy(gebArtifact('CollateralJoin'), [
    ...[safeEngine.address, C_TYPE, collateral.address],
  ])
  const tax = [zeroPadValue('0x01', 20), RAY, RAY - 1n, 1]
  const taxCollector = await on.deploy(gebArtifact('TaxCollector'), [safeEngine.address, tax])
  const parts = { safeEngine, ...oracles, ...houses, coinJoin, collateralJoin, taxCollector, ...tokens, collateral }
  const geb: Geb = { cType: C_TYPE, ...parts, parameters, deployBlock }
  await authorise(on, geb)
  await initialise(on, geb)
  return geb
}

async function deployTokens(on: Deployer): Promise<Pick<Geb, 'coin' | 'protocolToken'>> {
  const coin = await on.deploy(gebArtifact('SystemCoin'))
  await on.send(coin, 'initialize', ['Open Dollar', 'OD'])
  const protocolToken = await on.deploy(gebArtifact('ProtocolToken'))
  await on.send(protocolToken, 'initialize', ['Open Dollar Governance', 'ODG'])
  return { coin, protocolToken }
}

/** The collateral's price: feed → relayer → delayed oracle. The coin's market price is hard-coded: nothing here reads it. */
async function deployOracles(
  on: Deployer,
  safeEngine: Contract,
  feed: Address,
  { oracleDelay }: GebParameters,
): Promise<Pick<Geb, 'oracleRelayer' | 'delayedOracle'>> {
  const relayer = await on.deploy(gebArtifact('ChainlinkRelayer'), [feed, 30n * 86_400n])
  const delayedOracle = await on.deploy(gebArtifact('DelayedOracle'), [relayer.address, oracleDelay])
  const coinOracle = await on.deploy(gebArtifact('HardcodedOracle'), ['OD / USD', WAD])
  const bounds = [RAY * WAD, 1n]
  const oracleRelayer = await on.deploy(gebArtifact('OracleRelayer'), [safeEngine.address, coinOracle.address, bounds])
  return { oracleRelayer, delayedOracle }
}

type Houses = Pick<
  Geb,
  'surplusAuctionHouse' | 'debtAuctionHouse' | 'accountingEngine' | 'liquidationEngine' | 'collateralAuctionHouse'
>

async function deployHouses(
  on: Deployer,
  parts: Pick<Geb, 'safeEngine' | 'protocolToken' | 'oracleRelayer'>,
  p: GebParameters,
): Promise<Houses> {
  const engine = parts.safeEngine.address
  const token = parts.protocolToken.address
  const surplusAuctionHouse = await on.deploy(gebArtifact('SurplusAuctionHouse'), [
    ...[engine, token, [p.bidDecrease, p.bidDuration, p.auctionLength, on.from, WAD / 2n]],
  ])
  const debtAuctionHouse = await on.deploy(gebArtifact('DebtAuctionHouse'), [
    ...[engine, token, [p.bidDecrease, p.amountSoldIncrease, p.bidDuration, p.auctionLength]],
  ])
  const accounting = [0n, 86_400n, p.popDebtDelay, 86_400n, 1_000n * RAD, 1_000n * RAD, p.mintedTokens, p.debtBidSize]
  const accountingEngine = await on.deploy(gebArtifact('AccountingEngine'), [
    ...[engine, surplusAuctionHouse.address, debtAuctionHouse.address, accounting],
  ])
  const liquidationEngine = await on.deploy(gebArtifact('LiquidationEngine'), [
    ...[engine, accountingEngine.address, [10_000_000n * RAD, 5_000_000n]],
  ])
  const discounts = [p.minimumBid, p.minDiscount, p.maxDiscount, p.discountRate]
  const collateralAuctionHouse = await on.deploy(gebArtifact('CollateralAuctionHouse'), [
    ...[engine, liquidationEngine.address, parts.oracleRelayer.address, C_TYPE, discounts],
  ])
  return { surplusAuctionHouse, debtAuctionHouse, accountingEngine, liquidationEngine, collateralAuctionHouse }
}

async function authorise(on: Deployer, geb: Geb): Promise<void> {
  const { safeEngine, accountingEngine, debtAuctionHouse } = geb
  const may = [geb.oracleRelayer, geb.coinJoin, geb.taxCollector, debtAuctionHouse, geb.liquidationEngine]
  for (const { address } of [...may, geb.collateralJoin]) await on.send(safeEngine, 'addAuthorization', [address])
  for (const house of [geb.surplusAuctionHouse, debtAuctionHouse])
    await on.send(house, 'addAuthorization', [accountingEngine.address])
  await on.send(accountingEngine, 'addAuthorization', [geb.liquidationEngine.address])
  await on.send(geb.protocolToken, 'addAuthorization', [debtAuctionHouse.address])
  await on.send(geb.coin, 'addAuthorization', [geb.coinJoin.address])
}

async function initialise(on: Deployer, geb: Geb): Promise<void> {
  const { parameters: p, cType } = geb
  const set = (contract: Contract, types: string[], values: readonly unknown[]) =>
    on.send(contract, 'initializeCollateralType', [cType, coder.encode(types, values)])
  await on.rpc('anvil_setCode', [MANAGER, EVERYBODY_IS_A_SAFE])
  const manager = [encodeBytes32String('odSafeManager'), coder.encode(['address'], [MANAGER])]
  await on.send(geb.safeEngine, 'modifyParameters(bytes32,bytes)', manager)
  await set(geb.safeEngine, ['uint256', 'uint256'], [10_000_000n * RAD, p.debtFloor])
  const ratios = [geb.delayedOracle.address, p.safetyRatio, p.liquidationRatio]
  await set(geb.oracleRelayer, ['address', 'uint256', 'uint256'], ratios)
  const engine = [geb.collateralAuctionHouse.address, p.liquidationPenalty, p.liquidationQuantity]
  await set(geb.liquidationEngine, ['address', 'uint256', 'uint256'], engine)
  await set(geb.taxCollector, ['uint256'], [RAY])
  await on.send(geb.oracleRelayer, 'updateCollateralPrice', [cType])
}

/** The contract at an address with the fragments of a GEB contract. */
export const gebContract = (name: string, address: string): Contract => contractAt(gebArtifact(name), address)
