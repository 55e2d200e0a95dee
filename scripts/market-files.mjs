// What the scripts that write config/markets/ have in common.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const target = fileURLToPath(new URL('../config/markets', import.meta.url))
const AAVE_BOOK = '@aave-dao/aave-address-book'

/** Ends the script with one line. */
export function fail(text) {
  console.error(text)
  process.exit(1)
}

/** The value behind `--from`, or undefined. */
export function fromArgument() {
  const at = process.argv.indexOf('--from')
  return at < 0 ? undefined : (process.argv[at + 1] ?? '.')
}

/** Aave's address book as it is installed in `folder`: its name with the version, and what it holds. */
export function addressBook(folder) {
  const require = createRequire(join(folder, 'package.json'))
  try {
    const book = require(AAVE_BOOK)
    const main = require.resolve(AAVE_BOOK)
    const { version } = JSON.parse(readFileSync(join(dirname(dirname(main)), 'package.json'), 'utf8'))
    return { name: `${AAVE_BOOK} ${version}`, book }
  } catch (error) {
    return fail(`${AAVE_BOOK} is not installed in ${folder} (${error.message.split('\n')[0]})`)
  }
}

/** The section on the chain that a market file already has. */
export const chainOf = (name) => JSON.parse(readFileSync(join(target, `${name}.json`), 'utf8')).chain

export function writeMarketFile(name, file) {
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(file, null, 2)}\n`)
  console.log(`written: config/markets/${name}.json (${file.markets.length} markets)`)
}
