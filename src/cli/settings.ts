import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { envExample, settingsHelp, withSettingsTable } from '../config/settings-docs.js'
import { KeeperError } from '../domain/errors.js'
import type { Register } from './command.js'
import { projectRoot } from '../config/project-root.js'

/** The generated documents: path in the project and what they should hold. */
function documents(root: string): { readonly path: string; readonly now: string; readonly wanted: string }[] {
  const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '')
  const readme = read('README.md')
  const table = withSettingsTable(readme)
  if (table === null) throw new KeeperError('readme', 'README.md has no settings markers (<!-- settings: … -->)')
  return [
    { path: '.env.example', now: read('.env.example'), wanted: envExample() },
    { path: 'README.md', now: readme, wanted: table },
  ]
}

/** Writes the generated documents that are not current; returns their paths. */
export function writeDocuments(root: string): string[] {
  const stale = documents(root).filter(({ now, wanted }) => now !== wanted)
  for (const { path, wanted } of stale) writeFileSync(join(root, path), wanted)
  return stale.map(({ path }) => path)
}

/** Throws when a generated document does not say what the schema says. */
export function checkDocuments(root: string): void {
  const stale = documents(root).filter(({ now, wanted }) => now !== wanted)
  if (stale.length === 0) return
  throw new KeeperError(
    'documents',
    `${stale.map(({ path }) => path).join(' and ')} is not current; run \`npm run docs\``,
  )
}

export const register: Register = (program, cli) => {
  program
    .command('settings')
    .description('explain every setting; write or check the documents generated from them')
    .option('--write', 'write .env.example and the table of README.md')
    .option('--check', 'fail when one of them is not current')
    .action((options: { write?: true; check?: true }) => {
      if (options.write) {
        const written = writeDocuments(projectRoot())
        cli.note(written.length === 0 ? 'the settings documents are current' : `written: ${written.join(', ')}`)
      } else if (options.check) checkDocuments(projectRoot())
      else cli.out(settingsHelp())
    })
}
