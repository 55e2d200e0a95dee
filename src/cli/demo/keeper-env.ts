import { SETTING_NAMES } from '../../config/settings-schema.js'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The environment of a keeper that works on the devnet: the shell's without its settings, no env file, and `settings`. A
 * keystore or a limit that somebody has set for a real chain must not reach the demo.
 */
export function devnetKeeperEnv(shell: Env, settings: Readonly<Record<string, string>>): Record<string, string> {
  const foreign = new Set<string>(SETTING_NAMES)
  const kept = Object.entries(shell).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !foreign.has(entry[0]),
  )
  // an empty name means no file, where none would mean .env
  return { ...Object.fromEntries(kept), ...settings, KEEPER_ENV_FILE: '' }
}
