import { readFileSync } from 'node:fs'
import { Wallet } from 'ethers'
import { SettingsError, messageOf } from '../domain/errors.js'
import type { KeySource } from './key-source.js'
import { Secret } from './secret.js'
import type { SettingName } from './settings-schema.js'

function read(path: string, setting: SettingName): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SettingsError(setting, `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
}

const passwordSetting = (setting: SettingName): SettingName =>
  setting === 'OWNER_KEYSTORE_FILE' ? 'OWNER_KEYSTORE_PASSWORD_FILE' : 'KEYSTORE_PASSWORD_FILE'

/**
 * The private key of a source: as it was given, or out of an encrypted JSON keystore (some seconds of work). Throws
 * `SettingsError` that names the setting; nothing of the key, the file's content or the password is in it.
 */
export async function loadKey(source: KeySource): Promise<Secret> {
  if (source.kind === 'key') return source.key
  const json = read(source.file, source.setting)
  const password = read(source.passwordFile, passwordSetting(source.setting)).split(/\r?\n/)[0] ?? ''
  try {
    return new Secret((await Wallet.fromEncryptedJson(json, password)).privateKey)
  } catch (error) {
    // the cause is left out on purpose: ethers puts arguments, the password among them, into its errors
    const wrong = error instanceof Error && /incorrect password/i.test(error.message)
    if (wrong)
      throw new SettingsError(passwordSetting(source.setting), `is not the password of ${source.file}`, { cause: null })
    throw new SettingsError(source.setting, `${source.file} is no JSON keystore`, { cause: null })
  }
}
