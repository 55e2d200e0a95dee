import { Option } from 'commander'
import { runDevnet } from '../devnet/run-devnet.js'
import type { Register } from './command.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly borrowers: number
  readonly seed: number
  readonly blockTime: number
  readonly file: string
  readonly port?: number
  readonly detached?: true
}

export const register: Register = (program, cli) => {
  program
    .command('devnet')
    .description('run a local chain with Aave, Uniswap, borrowers and a block builder, and describe it in a file')
    .addOption(new Option('--borrowers <n>', 'positions to open').default(40).argParser(wholeNumber(0, 5_000)))
    .addOption(
      new Option('--seed <n>', 'equal seeds give equal positions').default(1).argParser(wholeNumber(0, 2 ** 32 - 1)),
    )
    .addOption(new Option('--block-time <seconds>', 'time between blocks').default(1).argParser(wholeNumber(1, 60)))
    .addOption(
      new Option('--port <port>', 'port of the RPC; a free one when not given').argParser(wholeNumber(1, 65_535)),
    )
    .option('--file <path>', 'where to describe it', 'devnet.json')
    .option('--detached', 'go on when the process that started it has ended')
    .action(async ({ blockTime, ...options }: Options) => {
      await runDevnet({ ...options, blockTimeSeconds: blockTime }, (line) => {
        cli.out(line)
      })
    })
}
