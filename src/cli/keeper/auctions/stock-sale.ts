import { saleOf } from '../../../auctions/inventory.js'
import { encodeSale } from '../../../auctions/sale-call.js'
import { WAD, minOf } from '../../../domain/maths.js'
import { isWorthItsFees } from '../../../risk/rules/fee-share.js'
import { transactionGas } from './agent-opportunity.js'
import { auctionToken, price8, type DeskBlock, type DeskOptions } from './desk-block.js'
import type { AgentRunParts } from './desk-run.js'
import type { Scene } from './market-scene.js'

const SALE_GAS = 160_000n
const TOLERANCE_BPS = 100n
const ETHER = 'native token'

/** The first won token of which some may be sold, as a run of its own; else why nothing is sold. */
export function stockSale(options: DeskOptions, block: DeskBlock): AgentRunParts | string {
  const { scenes, chain, agent, trials, settings } = options
  const { scene, valuation, fees } = block
  const native = chain.wrappedNative
  let why = 'nothing is held'
  for (const stock of scene.stock) {
    const { token: address, held } = stock
    if (address === native) continue
    const name = `sale/${address}`
    const sale = trials.rest(name, scene.head.number)?.detail ?? saleFrom(options, scene, stock)
    if (typeof sale === 'string') {
      if (held > 0n) why = sale
      continue
    }
    // anybody may give the agent a speck: it is not sold at a loss, and stands in the way of nothing
    const feeWei = (SALE_GAS + transactionGas(scene.rooms.size)) * (fees.baseFeeWei + fees.tipWei)
    if (!isWorthItsFees(sale.expected, feeWei, settings)) {
      why = `a sale would bring ${sale.expected} wei, its gas costs ${feeWei}`
      continue
    }
    const { router } = scenes.market.config
    const { deadline } = block.horizon
    const fee = scene.exits.direct(address, native, sale.amount)?.fee ?? 0
    const ends = { router, tokenIn: address, tokenOut: native, fee, recipient: agent, deadline }
    const leg = {
      ...{ name, what: 'sale', gas: SALE_GAS, gainWei: sale.expected },
      pay: { token: auctionToken(address, 'won'), amount: sale.amount, price8: price8(options, block, address) },
      get: { token: auctionToken(native, ETHER), amount: sale.expected, price8: valuation.usd8(WAD) },
    }
    return { legs: [leg], calls: [encodeSale({ ...ends, amountIn: sale.amount, minOut: sale.minOut })] }
  }
  return why
}

/** How much of one token is sold and for how much at least, within the agent's limits for it; else why none is. */
function saleFrom(
  { scenes, chain }: DeskOptions,
  scene: Scene,
  { token, held, fall }: Scene['stock'][number],
): ReturnType<typeof saleOf> {
  const { onWin, maxImpactBps } = scenes.market.config
  const room = scene.rooms.get(token)?.room
  return saleOf(
    {
      ...{ held, doubt: fall, allowed: room === undefined ? 0n : minOf(room.perRun, room.left) },
      sell: (amount) => scene.exits.direct(token, chain.wrappedNative, amount)?.out ?? null,
      floor: (amount) => scene.floor(token, amount),
    },
    { onWin, maxImpactBps, toleranceBps: TOLERANCE_BPS },
  )
}
