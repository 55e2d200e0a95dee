import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export const root = join(__dirname, '../..')
const pm2Bin = join(root, 'node_modules/pm2/bin/pm2')
/** Exported in the shell that starts pm2; may be seen nowhere. */
export const SECRET = 'a5'.repeat(32)

/** A project folder as pm2 sees it: the shipped ecosystem file, a program at bin/keeper.js, and env files. */
export interface Pm2Project {
  readonly folder: string
  pm2(...args: string[]): Promise<string>
  list(): Promise<
    { name: string; pid: number; pm2_env: { status: string; restart_time: number; exit_code?: number } }[]
  >
  said(): { event: string; pid: number; file: string; args: string[]; environment: string }[]
  end(): Promise<void>
}

export function pm2Project(program: string, envFiles: Record<string, string>): Pm2Project {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-pm2-'))
  const home = join(folder, 'pm2-home')
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(root, 'ecosystem.config.js'), join(folder, 'ecosystem.config.js'))
  symlinkSync(program, join(folder, 'bin', 'keeper.js'))
  for (const [name, text] of Object.entries(envFiles)) writeFileSync(join(folder, name), text)
  // the shell that starts pm2 has a key exported: it must end up neither in the dump nor in the keeper
  const env = { ...process.env, PM2_HOME: home, PRIVATE_KEY: `0x${SECRET}`, MY_API_TOKEN: SECRET }
  const pm2 = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [pm2Bin, ...args], { cwd: folder, env })
    return stdout
  }
  return {
    folder,
    pm2,
    list: async () =>
      JSON.parse((await pm2('jlist', '--silent')).split('\n').at(-1) ?? '[]') as Awaited<
        ReturnType<Pm2Project['list']>
      >,
    said: () => {
      const path = join(folder, 'said.log')
      const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
      return lines.map((line) => JSON.parse(line) as ReturnType<Pm2Project['said']>[number])
    },
    end: async () => {
      await pm2('kill')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Looks until there is something to see; throws with what was waited for after a minute. */
export async function until<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
  for (const start = Date.now(); Date.now() - start < 60_000; await sleep(50)) {
    const found = await look()
    if (found !== null) return found
  }
  throw new Error(`not within 60 s: ${what}`)
}
