import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../src/config/project-root.js'

/** A file of figures recorded from real contracts; the caller knows its shape. */
export const recorded = (folder: string, file: string): unknown =>
  JSON.parse(readFileSync(join(projectRoot(), 'test', 'vectors', folder, file), 'utf8'))
