import { gebAgentNeeds } from '../../../../strategies/geb/agent-needs.js'
import { startGebDevnet, type GebDevnet } from '../../../devnet/geb/devnet.js'
import { Stage } from '../../../devnet/geb/stage.js'
import { KeeperError } from '../../../domain/errors.js'
import { WAD } from '../../../domain/maths.js'
import { SqliteLedger } from '../../../ledger/sqlite-ledger.js'
import { valueInWei } from '../../../ledger/totals.js'
import { devnetKeeperEnv } from '../keeper-env.js'
import { KeeperProcess } from '../keeper-process.js'
import { changeOf, finalPrices, holdingsAt, ownAccounts } from './accounts.js'
import { countsOf, faultsOf, resultLines, tradeOf, type DebtAuctionResult } from './result.js'
import { RivalProcess } from './rival-process.js'
import { scene } from './scene.js'
import { tellAuction } from './story.js'
import { auctionFacts } from './witness.js'

/** Two SAFEs that a fall of two fifths leaves unsafe, one that is close, and two that are safe whatever happens. */
const SAFES = [
  { collateral: 2n, debt: 2_600n },
  { collateral: 2n, debt: 2_400n },
  { collateral: 1n, debt: 1_200n },
  { collateral: 5n, debt: 2_000n },
  { collateral: 3n, debt: 1_500n },
]

/** What the rival asks beyond the bid, and how it values the tokens: as the pool does, but one lot a third higher. */
const RIVAL = { marginBps: 3_500, price: WAD / 5n, eager: [1], eagerPrice: (WAD * 27n) / 100n }

export interface PlayOptions {
  readonly blockTimeSeconds: number
  readonly say: (line: string) => void
  readonly onDevnet: (devnet: GebDevnet) => void
}

/** Plays the scenario and checks the books against the chain. Throws `KeeperError('demo')` when anything is at fault. */
export async function playDebtAuction(options: PlayOptions): Promise<DebtAuctionResult> {
  const started = Date.now()
  const { say, blockTimeSeconds } = options
  const auctions = {
    style: 'step' as const,
    onWin: 'sell' as const,
    priceMaxAgeSeconds: 100_000,
    priceWindowSeconds: 600,
  }
  const devnet = await startGebDevnet({
    blockTimeSeconds,
    safes: SAFES,
    agentCoins: 5_000n,
    rivalCoins: 20_000n,
    auctions,
    agentNeeds: gebAgentNeeds,
  })
  options.onDevnet(devnet)
  try {
    say(`devnet     ${SAFES.length} SAFEs on GEB, ready after ${((Date.now() - started) / 1000).toFixed(1)} s`)
    return await run(devnet, started, say)
  } finally {
    await devnet.stop()
  }
}

async function run(devnet: GebDevnet, started: number, say: (line: string) => void): Promise<DebtAuctionResult> {
  const { env, geb, agent, operator, rival } = devnet
  const stage = new Stage(devnet)
  const first = await stage.head()
  const before = await holdingsAt(devnet, ownAccounts(devnet), first)
  const rivalBefore = await holdingsAt(devnet, [rival.address], first)
  const keeper = await KeeperProcess.start(
    devnetKeeperEnv(process.env, { ...env, MAX_HEAD_AGE_SECONDS: '20' }),
    env['DATA_DIR'] ?? '',
    (event) => {
      const line = tellAuction(event)
      if (line !== null) say(line)
    },
  )
  const rivalProcess = RivalProcess.start(rivalOrder(devnet), say)
  let badDebtBefore: bigint
  let badDebtAfter: bigint
  try {
    ;[badDebtBefore, badDebtAfter] = await scene({ devnet, stage, keeper, say })
  } finally {
    await keeper.stop()
    await rivalProcess.stop()
  }
  await devnet.builder.stopClock()
  const end = await stage.head()
  const prices = await finalPrices(devnet)
  const facts = await auctionFacts(devnet, first)
  const trade = tradeOf(facts, agent.address, geb.debtAuctionHouse.address, geb.protocolToken.address, prices)
  const worth = async (accounts: Parameters<typeof holdingsAt>[1], from: typeof before): Promise<string> =>
    valueInWei(changeOf(from, await holdingsAt(devnet, accounts, end)), prices).toString()
  const result: DebtAuctionResult = {
    scenario: 'debt-auction',
    ...{ badDebtBefore: badDebtBefore.toString(), badDebtAfter: badDebtAfter.toString() },
    ...countsOf(facts, { agent: agent.address, operator, rival: rival.address }),
    ...{ paid: trade.paid.toString(), received: trade.received.toString() },
    profit: profitOf(devnet, prices).toString(),
    ownerDelta: await worth(ownAccounts(devnet), before),
    rivalProfit: await worth([rival.address], rivalBefore),
    publicTransactions: devnet.proxy.publicTransactions().filter(({ from }) => from === operator).length,
    seconds: (Date.now() - started) / 1000,
  }
  for (const line of resultLines(result)) say(line)
  const faults = faultsOf(result)
  for (const fault of faults) say(`FAULT      ${fault}`)
  if (faults.length > 0) throw new KeeperError('demo', faults.join('; '))
  return result
}

/** By the keeper's own ledger alone: receipts of its transactions, and of those in which others paid it back. */
function profitOf({ env, ground }: GebDevnet, prices: Parameters<SqliteLedger['totals']>[0]): bigint {
  const ledger = new SqliteLedger({
    ...{ dataDir: env['DATA_DIR'] ?? '', accounts: null, wrappedNative: ground.tokens.WETH.address },
  })
  try {
    return ledger.totals(prices)
  } finally {
    ledger.close()
  }
}

function rivalOrder({ geb, proxy, rival, anvil }: GebDevnet): Parameters<typeof RivalProcess.start>[0] {
  return {
    ...{ rpcUrl: proxy.rpcUrl, chainId: anvil.chainId, privateKey: rival.privateKey },
    contracts: {
      safeEngine: geb.safeEngine.address,
      coinJoin: geb.coinJoin.address,
      coin: geb.coin.address,
      debtAuctionHouse: geb.debtAuctionHouse.address,
    },
    ...{ price: RIVAL.price.toString(), eager: RIVAL.eager, eagerPrice: RIVAL.eagerPrice.toString() },
    marginBps: RIVAL.marginBps,
  }
}
