import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Address } from '../domain/chain.js'
import { codeOf, messageOf, SettingsError } from '../domain/errors.js'
import { bootId, processStart } from './process-identity.js'

/** Releases what was taken; safe to call twice. */
export interface InstanceLock {
  release(): void
}

const holderSchema = z.object({
  pid: z.number().int().positive(),
  start: z.string(),
  boot: z.string(),
  host: z.string(),
  since: z.string(),
})
type Holder = z.output<typeof holderSchema>

const ATTEMPTS = 20
/** After a takeover another one may be under way that began before ours; it is over in microseconds. */
const SETTLE_MS = 20

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function holderOf(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    // cut off or not ours: nobody can be behind it, complete files appear at once (link)
    return null
  }
}

/** A holder on another machine (a shared folder) cannot be asked; it counts as alive. */
function lives(holder: Holder): boolean {
  if (holder.host !== hostname()) return true
  return holder.boot === bootId() && processStart(holder.pid) === holder.start
}

/** Puts a complete file in place in one step; false when there is one already. */
function place(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, text, { flag: 'wx' })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes the lock of a dead process; if somebody replaced it meanwhile, theirs is put back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (textOf(aside) !== stale) place(path, textOf(aside) ?? '')
  rmSync(aside, { force: true })
}

/** Takes the lock file; returns the holder when a live process has it. */
async function take(path: string, own: string): Promise<Holder | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (place(path, own)) {
      await sleep(SETTLE_MS)
      if (textOf(path) === own) return null
    }
    const text = textOf(path)
    if (text === null) continue
    const holder = holderOf(text)
    if (holder !== null && lives(holder)) return holder
    removeStale(path, text)
  }
  throw new Error(`cannot settle who holds ${path}`)
}

function identity(): string {
  const holder: Holder = {
    pid: process.pid,
    start: processStart(process.pid) ?? '',
    boot: bootId(),
    host: hostname(),
    since: new Date().toISOString(),
  }
  return JSON.stringify(holder)
}

async function lock(path: string, refusal: (holder: Holder) => SettingsError): Promise<InstanceLock> {
  const own = identity()
  const holder = await take(path, own)
  if (holder !== null) throw refusal(holder)
  const release = (): void => {
    process.off('exit', release)
    if (textOf(path) === own) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return { release }
}

const person = (holder: Holder): string =>
  `keeper with pid ${holder.pid} on ${holder.host}, running since ${holder.since}`

/**
 * One keeper per data folder. Throws `SettingsError('DATA_DIR')` when a live one has it or the folder cannot be written;
 * the lock of a dead process (pid and start time) is taken over.
 */
export async function lockDataDir(dataDir: string): Promise<InstanceLock> {
  const path = join(dataDir, 'keeper.lock')
  try {
    mkdirSync(dataDir, { recursive: true })
    return await lock(path, (holder) => {
      const what = `${dataDir} is in use by the ${person(holder)}; give each keeper its own folder or stop that one`
      return new SettingsError(
        'DATA_DIR',
        holder.host === hostname() ? what : `${what} (if it is gone, delete ${path})`,
      )
    })
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError('DATA_DIR', `cannot write to ${dataDir}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * One keeper per operator and chain on this machine: two would sign the same nonces. Throws
 * `SettingsError('PRIVATE_KEY')` when a live one has it, or when that cannot be told.
 */
export async function lockOperator(chainId: number, operator: Address, folder = tmpdir()): Promise<InstanceLock> {
  const shared = join(folder, 'liquidation-keeper')
  const path = join(shared, `${chainId}-${operator}.lock`)
  try {
    // for every user of the machine, whatever the umask; as in /tmp itself, nobody removes another's file
    if (mkdirSync(shared, { recursive: true }) !== undefined) chmodSync(shared, 0o1777)
    return await lock(path, (holder) => {
      const what = `operator ${operator} already works on chain ${chainId} in the ${person(holder)}`
      return new SettingsError('PRIVATE_KEY', `${what}; use another key or stop that one`)
    })
  } catch (error) {
    if (error instanceof SettingsError) throw error
    const what = `cannot tell whether operator ${operator} works already: ${path} cannot be written (${messageOf(error)})`
    throw new SettingsError('PRIVATE_KEY', `${what}; make its folder writable`, { cause: error })
  }
}
