import { readFileSync, statSync } from 'node:fs'
import { Wallet } from 'ethers'
import { SettingsError, messageOf } from '../domain/errors.js'
import { Secret } from './secret.js'

/** `OPERATOR_KEYS_FILE`: the file, and where the password of its encrypted lines is. */
export interface OperatorKeysFile {
  readonly file: string
  readonly passwordFile: string | null
}

/** The keys of all operators; `housekeeping` is the one that is kept for work that can wait. */
export interface OperatorSecrets {
  readonly keys: readonly Secret[]
  readonly housekeeping: Secret | null
}

const fail = (problem: string): SettingsError => new SettingsError('OPERATOR_KEYS_FILE', problem, { cause: null })

function readPrivately(path: string): string {
  try {
    // bits of group and others: whoever reads this file can spend its gas
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) {
      throw fail(`${path} can be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 it`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw fail(`cannot read ${path}: ${messageOf(error)}`)
  }
}

function passwordOf({ passwordFile }: OperatorKeysFile, line: number): string {
  if (passwordFile === null) throw fail(`line ${line} is encrypted: KEYSTORE_PASSWORD_FILE must name its password file`)
  try {
    return readFileSync(passwordFile, 'utf8').split(/\r?\n/)[0] ?? ''
  } catch (error) {
    throw new SettingsError('KEYSTORE_PASSWORD_FILE', `cannot read ${passwordFile}: ${messageOf(error)}`)
  }
}

/** A JSON keystore on one line. The cause is left out on purpose: ethers puts the password into its errors. */
async function decrypt(json: string, source: OperatorKeysFile, line: number): Promise<Secret> {
  const password = passwordOf(source, line)
  try {
    return new Secret((await Wallet.fromEncryptedJson(json, password)).privateKey)
  } catch (error) {
    const wrong = error instanceof Error && /incorrect password/i.test(error.message)
    throw fail(wrong ? `line ${line}: KEYSTORE_PASSWORD_FILE is not its password` : `line ${line} is no JSON keystore`)
  }
}

const HOUSEKEEPING = /\s+housekeeping$/

function plain(text: string, line: number): Secret {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return new Secret(text)
  throw fail(`line ${line} is neither a private key (0x and 64 hex digits) nor a JSON keystore on one line`)
}

/**
 * Reads the keys of several operators: one a line, a private key or a JSON keystore, behind one of them the word
 * `housekeeping`; blank lines and those that start with # are left out. Throws `SettingsError` that names the line, never
 * what is in it; also when others may read the file, when a key occurs twice, or when none is left for liquidations.
 */
export async function loadOperatorKeys(source: OperatorKeysFile): Promise<OperatorSecrets> {
  const keys: Secret[] = []
  let housekeeping: Secret | null = null
  const seen = new Set<string>()
  for (const [i, text] of readPrivately(source.file).split(/\r?\n/).entries()) {
    const trimmed = text.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const word = trimmed.replace(HOUSEKEEPING, '')
    const key = word.startsWith('{') ? await decrypt(word, source, i + 1) : plain(word, i + 1)
    const spelt = key.reveal().toLowerCase()
    if (seen.has(spelt)) throw fail(`line ${i + 1} repeats a key: two lanes must not share a nonce`)
    seen.add(spelt)
    if (word === trimmed) keys.push(key)
    else if (housekeeping === null) housekeeping = key
    else throw fail(`line ${i + 1} is a second key for housekeeping; one is enough`)
  }
  if (keys.length === 0) throw fail(`${source.file} holds no key for liquidations`)
  return { keys, housekeeping }
}
