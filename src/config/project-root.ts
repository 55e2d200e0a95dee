import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The project's folder, from source and from dist alike. */
export function projectRoot(): string {
  let folder = __dirname
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`)
    folder = parent
  }
  return folder
}
