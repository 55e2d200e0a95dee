import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readMarketFile } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import { toAddress, type Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import type { Ledger } from '../ledger/ledger.js'
import { SqliteLedger } from '../ledger/sqlite-ledger.js'

/** Readers never book, so the token matters only where the market file is at hand. */
const wrappedNativeOf = (settings: Settings): Address =>
  settings.marketsFile === null
    ? toAddress(`0x${'0'.repeat(40)}`)
    : readMarketFile(settings.marketsFile).chain.wrappedNative

/** Opens the ledger in DATA_DIR for the length of `use`. Throws `SettingsError('DATA_DIR')` where there is none. */
export function readLedger(settings: Settings, use: (ledger: Ledger) => void): void {
  const { dataDir } = settings
  if (!existsSync(join(dataDir, 'ledger.db')))
    throw new SettingsError('DATA_DIR', `${dataDir} holds no ledger; no keeper has worked there yet`)
  const ledger = new SqliteLedger({ dataDir, accounts: null, wrappedNative: wrappedNativeOf(settings) })
  try {
    use(ledger)
  } finally {
    ledger.close()
  }
}
