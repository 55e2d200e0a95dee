import type { Command } from 'commander'
import { ChainIndexer } from '../indexer/chain-indexer.js'
import type { MarketIndexer } from '../indexer/market-indexer.js'
import { noMetrics, type Logger } from '../domain/ports.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { HeadFollower } from '../chain/heads.js'
import { openChain, type ChainAccess } from './chain-access.js'
import { noticeLogger } from './keeper/notices.js'
import { progressLine } from './keeper/progress.js'
import { table, usdText, wadText } from './screen.js'
import { marketsOf } from './strategies.js'

/** One position as `scan --json` prints it: integers of money as decimal strings, base currency as the market's. */
export interface ScanRow {
  readonly market: string
  readonly position: string
  readonly healthFactor: string
  readonly collateralBase: string
  readonly debtBase: string
  readonly block: number
}

/** Below this a position is worth watching. */
const WATCH = 1_050_000_000_000_000_000n

/**
 * Every position with debt at the newest block, exactly. Reads the checkpoints of a keeper that runs beside it and writes
 * nothing; without one it takes a snapshot.
 */
export async function scanOnce(access: ChainAccess, dataDir: string, cli: Cli, logger: Logger): Promise<ScanRow[]> {
  const { rpc, reader, file } = access
  const { id: chainId, blockTimeSeconds } = file.chain
  const heads = new HeadFollower(rpc, { chainId, blockTimeSeconds, logger, metrics: noMetrics })
  const markets = marketsOf(file)
  const progress = progressLine(cli)
  const indexer = new ChainIndexer(
    { rpc, reader, heads, markets, dataDir, readOnly: true, audit: null, logger, metrics: noMetrics, progress },
    () => undefined,
  )
  await indexer.start()
  const head = await indexer.catchUp()
  return [...indexer.markets.values()].flatMap((market) => rowsOf(market, head.number, head.timestamp))
}

function rowsOf({ market, strategy, replica }: MarketIndexer, block: number, timestamp: bigint): ScanRow[] {
  const view = replica.book.view(block, timestamp)
  return [...strategy.positions(replica.state)].map((position) => {
    const { healthFactor, collateralBase, debtBase } = strategy.solvency(replica.state, position, view)
    return {
      market: market.id,
      position,
      healthFactor: healthFactor.toString(),
      collateralBase: collateralBase.toString(),
      debtBase: debtBase.toString(),
      block,
    }
  })
}

const byHealth = (a: ScanRow, b: ScanRow): number => (BigInt(a.healthFactor) < BigInt(b.healthFactor) ? -1 : 1)

function print(rows: readonly ScanRow[], every: readonly ScanRow[], cli: Cli): void {
  const cells = rows.map((row) => [
    row.market,
    row.position,
    wadText(BigInt(row.healthFactor)),
    usdText(BigInt(row.collateralBase)),
    usdText(BigInt(row.debtBase)),
  ])
  if (rows.length > 0) cli.out(table(['market', 'position', 'HF', 'collateral', 'debt'], cells).join('\n'))
  const [any] = every
  if (any === undefined) cli.note('no position has debt')
  else cli.note(`${rows.length} shown of ${every.length} positions with debt, block ${any.block}`)
}

async function scan(command: Command, cli: Cli): Promise<void> {
  const options = command.opts<{ json?: true; all?: true }>()
  const settings = settingsOf(command, cli, 'rpc')
  const logger = noticeLogger(cli)
  const access = await openChain(settings, logger, noMetrics)
  try {
    const every = (await scanOnce(access, settings.dataDir, cli, logger)).sort(byHealth)
    const rows = options.all ? every : every.filter((row) => BigInt(row.healthFactor) < WATCH)
    if (options.json) for (const row of rows) cli.out(JSON.stringify(row))
    else print(rows, every, cli)
  } finally {
    access.close()
  }
}

export const register: Register = (program, cli) => {
  const command = program
    .command('scan')
    .description('health factors of all positions at the newest block, computed by the replica (no key needed)')
    .option('--json', 'one JSON object per line instead of a table')
    .option('--all', 'every position with debt, not only those with a health factor below 1.05')
  withSettingFlags(command).action(() => scan(command, cli))
}
