import { resolve } from 'node:path'
import { SettingsError } from '../domain/errors.js'
import type { Secret } from './secret.js'
import type { RawSettings, SettingName } from './settings-schema.js'

/** Where the key of an account comes from; `loadKey` reads it. */
export type KeySource =
  | { readonly kind: 'key'; readonly setting: SettingName; readonly key: Secret }
  | { readonly kind: 'keystore'; readonly setting: SettingName; readonly file: string; readonly passwordFile: string }

interface KeyNames {
  readonly key: 'PRIVATE_KEY' | 'OWNER_PRIVATE_KEY'
  readonly file: 'KEYSTORE_FILE' | 'OWNER_KEYSTORE_FILE'
  readonly password: 'KEYSTORE_PASSWORD_FILE' | 'OWNER_KEYSTORE_PASSWORD_FILE'
}
export const OPERATOR: KeyNames = { key: 'PRIVATE_KEY', file: 'KEYSTORE_FILE', password: 'KEYSTORE_PASSWORD_FILE' }
export const OWNER: KeyNames = {
  key: 'OWNER_PRIVATE_KEY',
  file: 'OWNER_KEYSTORE_FILE',
  password: 'OWNER_KEYSTORE_PASSWORD_FILE',
}

/** The source of one key; throws `SettingsError` for both kinds at once or half a keystore. */
export function keySource(raw: RawSettings, names: KeyNames): KeySource | null {
  const [key, file, passwordFile] = [raw[names.key], raw[names.file], raw[names.password]]
  if (key !== undefined && file !== undefined)
    throw new SettingsError(names.key, `both ${names.key} and ${names.file} are set; keep one of them`)
  if (key !== undefined) return { kind: 'key', setting: names.key, key }
  if (file === undefined) {
    if (passwordFile === undefined) return null
    throw new SettingsError(names.file, `is missing although ${names.password} is set`)
  }
  if (passwordFile === undefined)
    throw new SettingsError(names.password, `is missing; name the file that holds the password of ${names.file}`)
  return { kind: 'keystore', setting: names.file, file: resolve(file), passwordFile: resolve(passwordFile) }
}
