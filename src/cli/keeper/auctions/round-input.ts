import type { RoundInput } from '../../../auctions/round.js'
import { WAD, minOf } from '../../../domain/maths.js'
import { transactionGas } from './agent-opportunity.js'
import { coinOf, lossLeftAt, type DeskBlock, type DeskOptions } from './desk-block.js'

/** What a round is planned with: the agent's means, costs in pay tokens, and the limits of settings and market file. */
export function roundInput(options: DeskOptions, block: DeskBlock): RoundInput {
  const { scenes, settings, chain, agent, lent, isOurs = () => true } = options
  const { scene, horizon, fees } = block
  const { config } = scenes.market
  const gasPriceWei = fees.baseFeeWei + fees.tipWei
  const room = scene.rooms.get(coinOf(options).address)?.room
  return {
    now: horizon.timestamp,
    us: agent,
    views: scene.views.filter(({ snapshot: { template, health } }) => isOurs(template.ref.house, health.enabled)),
    capital: scene.capital,
    spendable: room === undefined ? 0n : minOf(scene.spendable, minOf(room.perRun, room.left)),
    costs: {
      gasPrice: gasPriceWei * (scene.exits.payFor(WAD) ?? 0n),
      capitalBpsPerDay: config.capitalBpsPerDay,
      failBps: 0n,
      revertGas: 0n,
    },
    limits: {
      minProfit: minProfit(options, block, gasPriceWei),
      minProfitBps: config.minProfitBps,
      maxPerAuction: config.maxPerAuction * WAD,
      maxLocked: config.maxLocked * WAD,
      riskZBps: config.riskZBps,
    },
    policy: {
      mode: settings.mode,
      style: config.style,
      rivalMarginBps: config.rivalMarginBps,
      snipeSeconds: config.snipeSeconds,
    },
    kick: config.kick,
    lent,
    maxGas: BigInt(chain.maxTransactionGas) / 3n,
  }
}

/** A run has the calldata of about so many liquidations. */
const DATA_LEGS = 2

/** Least that one decision must bring, pay tokens: in backstop mode as far below zero as the day's budget goes. */
function minProfit(options: DeskOptions, block: DeskBlock, gasPriceWei: bigint): bigint {
  const { scene, valuation } = block
  const { settings } = options
  const inPay = (usd8: bigint): bigint => scene.exits.payFor(valuation.weiOfUsd8(usd8)) ?? 0n
  // rounded up
  const inWei = (wei: bigint): bigint => (scene.exits.payFor(wei) ?? 0n) + 1n
  const gas = transactionGas(scene.rooms.size)
  // the transaction's own gas and data are part of what a run loses
  return settings.mode === 'backstop'
    ? inWei(gas * gasPriceWei + scene.data.estimate(gas, DATA_LEGS).wei) - inPay(lossLeftAt(options, block))
    : inPay(settings.minProfitUsd8)
}
