import { Command, CommanderError } from 'commander'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Cli, Register } from './command.js'
import { printable } from '../ops/log-line.js'
import { Redactor } from '../ops/redaction.js'
import { EXIT, exitCodeHelp, explain } from './exit-codes.js'

/** In the order of `--help`. Each is a file of this folder that exports `register`. */
const COMMANDS = [
  ...[
    'run',
    'sync',
    'scan',
    'report',
    'bids',
    'missed',
    'insurance',
    'doctor',
    'deploy-executor',
    'deploy-agent',
    'deploy-clip-taker',
  ],
  ...['devnet', 'demo', 'arena', 'settings'],
] as const

function isCommandFile(value: unknown): value is { readonly register: Register } {
  return typeof value === 'object' && value !== null && 'register' in value && typeof value.register === 'function'
}

/**
 * Only the command that is named is loaded: `settings` starts without a database, and `run` works where the development
 * packages of `devnet` are not installed.
 */
async function load(program: Command, cli: Cli, args: readonly string[]): Promise<void> {
  const named = COMMANDS.filter((name) => args.includes(name))
  for (const name of named.length > 0 ? named : COMMANDS) {
    if (!['.js', '.ts'].some((end) => existsSync(join(__dirname, name + end)))) continue
    const file: unknown = await import(`./${name}.js`)
    if (!isCommandFile(file)) throw new Error(`src/cli/${name}.ts exports no register`)
    file.register(program, cli)
  }
}

function createProgram(cli: Cli): Command {
  return new Command('keeper')
    .description('Finds who is liquidatable on real lending markets and liquidates through private bundles.')
    .option('--env-file <path>', 'read settings from this file instead of .env (or KEEPER_ENV_FILE)')
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', `\n${exitCodeHelp()}\n\n\`keeper settings\` explains every setting.`)
    .configureOutput({ writeOut: (text) => cli.out(text.trimEnd()), writeErr: (text) => cli.note(text.trimEnd()) })
    .exitOverride()
}

/** Runs one command line (without `node keeper`) and returns the exit code; prints one clear line for each problem. */
export async function main(args: readonly string[], cli: Cli): Promise<number> {
  const program = createProgram(cli)
  try {
    await load(program, cli, args)
    if (args.length === 0) {
      program.outputHelp({ error: true })
      return EXIT.settings
    }
    await program.parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.settings
    const { lines, code } = explain(error)
    for (const line of lines) cli.note(`keeper: ${line}`)
    return code
  }
}

const LINGER_MS = 500

/** The entry of `bin/keeper.js`. */
export async function start(): Promise<void> {
  const redactor = new Redactor()
  const cli: Cli = {
    env: process.env,
    redactor,
    out: (line) => process.stdout.write(`${printable(redactor.text(line))}\n`),
    note: (line) => process.stderr.write(`${printable(redactor.text(line))}\n`),
  }
  const crash = (error: unknown): never => {
    for (const line of explain(error).lines) cli.note(`keeper: ${line}`)
    process.exit(EXIT.failure)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  // nobody reads our terminal any more: that must not end a keeper that has its log file
  process.stderr.on('error', () => undefined)
  // `keeper scan | head` closes our stdout early; that is no failure
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    error.code === 'EPIPE' ? process.exit(0) : crash(error),
  )

  process.exitCode = await main(process.argv.slice(2), cli)
  // output is flushed by leaving the loop; a socket that somebody forgot must not hold the process
  setTimeout(() => process.exit(), LINGER_MS).unref()
}
