import { Option, type Command } from 'commander'
import { KeeperError } from '../domain/errors.js'
import { contest, type ContestOptions } from './arena/contest.js'
import { KEEPER_ENV, RIVALS } from './arena/field.js'
import { aloneShare, faultsOf, resultOf, type ArenaResult } from './arena/result.js'
import { Witness } from './arena/witness.js'
import type { Cli, Register } from './command.js'
import { table } from './screen.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly json?: true
  readonly explain?: true
  readonly alone: boolean
  readonly borrowers: number
  readonly moves: number
  readonly seed: number
  readonly slotMs: number
}

/** Share of what is worth taking that each rival must land by itself: a straw man proves nothing. */
const LEAST_ALONE = 0.8

async function arena(
  { json, explain, alone: provesRivals, borrowers, moves, seed, slotMs }: Options,
  cli: Cli,
): Promise<void> {
  const say = (line: string): void => {
    if (json) cli.note(line)
    else cli.out(line)
  }
  const ground = { borrowers, moves, seed, slotMs, env: KEEPER_ENV }
  const told =
    (who: string): ContestOptions['say'] =>
    (line) => {
      say(`${who.padEnd(10)} ${line}`)
    }
  const alone: number[] = []
  for (const rival of provesRivals ? RIVALS : []) {
    const landed = await contest({ ...ground, withKeeper: false, rivals: [rival], say: told(rival.name) })
    alone.push(aloneShare(landed))
    say(`${rival.name.padEnd(10)} alone lands ${(aloneShare(landed) * 100).toFixed(0)} % of what is worth taking`)
  }
  const witness = new Witness()
  const all = await contest({ ...ground, withKeeper: true, rivals: RIVALS, say: told('all'), witness })
  if (explain) for (const line of [...witness.losses(all), `not ours: ${witness.causes(all)}`]) say(line)
  const result = resultOf(all, borrowers, RIVALS, alone)
  for (const line of lines(result)) say(line)
  if (json) cli.out(JSON.stringify(result))
  if (!provesRivals) return
  const faults = faultsOf(result, LEAST_ALONE)
  if (faults.length > 0) throw new KeeperError('arena', faults.join('; '))
}

function lines(result: ArenaResult): string[] {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
  const rows = [
    ['keeper', result.liquidations, result.profit.toFixed(3), ''],
    ...result.rivals.map(({ name, liquidations, profit, alone }) => [
      name,
      liquidations,
      profit.toFixed(3),
      percent(alone),
    ]),
  ]
  const { hint, transmit, round } = result.sharesByChannel
  return [
    '',
    ...table(['who', 'liquidations', 'profit, ether, before the bid', 'alone'], rows),
    '',
    `share        ${percent(result.shareOfLiquidations)} of liquidations, ${percent(result.shareOfProfit)} of profit, ${percent(result.netShare)} of what is kept`,
    `by channel   hints ${percent(hint)}, public reports ${percent(transmit)}, landed rounds ${percent(round)}`,
    `to builders  ${percent(result.bidShare)} of our gain`,
    `delay        ${result.meanDelayBlocks.toFixed(2)} blocks; ${result.losingTransactions} losing, ${result.publicTransactions} public transactions`,
  ]
}

export const register: Register = (program: Command, cli) => {
  program
    .command('arena')
    .description('the keeper against rival bots in a crash on a local chain: who lands what')
    .option('--json', 'one JSON object as the last line of stdout; what happens goes to stderr')
    .option(
      '--explain',
      'of every position that somebody else took: at what price, what became of ours, and how many by which cause',
    )
    .option('--no-alone', 'only the contest of all; then it proves nothing of the rivals')
    .addOption(new Option('--borrowers <n>', 'positions to open').default(344).argParser(wholeNumber(8, 5_000)))
    .addOption(
      new Option('--moves <n>', 'price moves, a third by each channel').default(9).argParser(wholeNumber(3, 60)),
    )
    .addOption(new Option('--seed <n>', 'of positions and prices').default(7).argParser(wholeNumber(0, 1_000_000)))
    .addOption(new Option('--slot-ms <n>', 'least time for a block').default(700).argParser(wholeNumber(50, 60_000)))
    .action((options: Options) => arena(options, cli))
}
