import { AbiCoder, ZeroAddress } from 'ethers'
import { EMODES, LISTINGS, type EMode, type Listing } from '../../../../src/devnet/catalogue.js'
import type { Act, Call, Scene, Stage } from './scene.js'

/** The longest grace period that Aave allows. */
const MOST_GRACE_SECONDS = 4 * 3_600

/** What those who govern the markets change. */
export const GOVERNANCE_ACTS: Readonly<Record<string, Act>> = {
  threshold: (scene) => {
    const { stage, listing, asset } = reserve(scene)
    const down = scene.below(400)
    const figures = [listing.ltvBps - down - 100, listing.thresholdBps - down, listing.bonusBps + scene.below(100)]
    return [scene.rule(stage.configurator, 'configureReserveAsCollateral', [asset, ...figures])]
  },
  eModeCategory: (scene) => {
    const stage = scene.stage()
    const mode = scene.pick(EMODES)
    const down = scene.below(300)
    const figures = [mode.id, mode.ltvBps - down, mode.thresholdBps - down, mode.bonusBps + scene.below(50)]
    const rest = stage.version === 'v3.6' ? [mode.label] : [priceSource(scene, stage, mode), mode.label]
    return [scene.rule(stage.configurator, 'setEModeCategory', [...figures, ...rest])]
  },
  assetInEMode,
  freeze: (scene) => {
    const { stage, asset } = reserve(scene)
    return [scene.rule(stage.configurator, 'setReserveFreeze', [asset, scene.chance(0.3)])]
  },
  pause: (scene) => {
    const { stage, asset } = reserve(scene)
    const paused = scene.chance(0.3)
    if (stage.version === 'v3.0') return [scene.rule(stage.configurator, 'setReservePause', [asset, paused])]
    const grace = scene.below(MOST_GRACE_SECONDS)
    return [scene.rule(stage.configurator, 'setReservePause(address,bool,uint40)', [asset, paused, grace])]
  },
  reserveFactor: (scene) => {
    const { stage, asset } = reserve(scene)
    return [scene.rule(stage.configurator, 'setReserveFactor', [asset, scene.below(4_000)])]
  },
  protocolFee: (scene) => {
    const { stage, asset } = reserve(scene)
    return [scene.rule(stage.configurator, 'setLiquidationProtocolFee', [asset, scene.below(2_500)])]
  },
  rates: async (scene) => {
    const { stage, asset } = reserve(scene)
    if (stage.version === 'v3.6') {
      const figures = [5_000 + scene.below(4_000), scene.below(200), scene.below(1_000), 1_000 + scene.below(9_000)]
      const data = AbiCoder.defaultAbiCoder().encode(['uint16', 'uint32', 'uint32', 'uint32'], figures)
      return [scene.rule(stage.configurator, 'setReserveInterestRateData', [asset, data])]
    }
    const other = stage.tokens[scene.pick(LISTINGS).symbol].address
    const strategy = await scene.read(stage.dataProvider, 'getInterestRateStrategyAddress', [other])
    return [scene.rule(stage.configurator, 'setReserveInterestRateStrategyAddress', [asset, strategy])]
  },
  mintToTreasury: (scene) => {
    const { stage, asset } = reserve(scene)
    return [scene.rule(stage.pool, 'mintToTreasury', [[asset]])]
  },
}

function reserve(scene: Scene): { readonly stage: Stage; readonly listing: Listing; readonly asset: string } {
  const stage = scene.stage()
  const listing = scene.pick(LISTINGS)
  return { stage, listing, asset: stage.tokens[listing.symbol].address }
}

/** A category of v3.0 may have a price of its own for all its members. */
function priceSource(scene: Scene, stage: Stage, { members }: EMode): string {
  if (scene.chance(0.6)) return ZeroAddress
  const [first] = members
  return first && scene.chance(0.8) ? stage.tokens[first].address : stage.tokens.WBTC.address
}

function assetInEMode(scene: Scene): readonly Call[] {
  const { stage, asset } = reserve(scene)
  const { id } = scene.pick(EMODES)
  if (stage.version === 'v3.0') {
    const category = scene.chance(0.3) ? 0 : id
    return [scene.rule(stage.configurator, 'setAssetEModeCategory', [asset, category])]
  }
  const method = scene.chance(0.7) ? 'setAssetCollateralInEMode' : 'setAssetBorrowableInEMode'
  return [scene.rule(stage.configurator, method, [asset, id, scene.chance(0.6)])]
}
