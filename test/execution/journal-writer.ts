/**
 * Runs from dist as a child process of journal.test.ts: journals one intent with its attempt, says so, and hangs until it is
 * killed. `argv[2]` is the data directory.
 */
import { silentLogger } from '../../src/domain/ports.js'
import { Journal } from '../../src/execution/journal.js'
import { someAttempt, someIntent } from './support/records.js'

const journal = new Journal({ dataDir: process.argv[2] ?? '', reachBlocks: 3, logger: silentLogger })
journal.append([
  { kind: 'intent', intent: someIntent() },
  { kind: 'attempt', attempt: someAttempt() },
])
process.stdout.write('written\n')
setInterval(() => undefined, 1000)
