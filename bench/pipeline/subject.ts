import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { openChain } from '../../src/cli/chain-access.js'
import { Keeper } from '../../src/cli/keeper/keeper.js'
import { addressesOf, loadOperators, throwAwayOperator } from '../../src/cli/operators.js'
import { checkStart } from '../../src/cli/start-checks.js'
import { readSettings, type Env } from '../../src/config/read-settings.js'
import { createLogger, type ClosableLogger } from '../../src/ops/logger.js'
import { Redactor } from '../../src/ops/redaction.js'
import { addCrowd } from './crowd.js'
import { Recorder } from './recorder.js'

const WAIT_MS = 60_000
const LOOK_MS = 2
const FIRST_HEAD_MS = 5_000
/** For so long receipts are waited for before the next block. */
const OUTCOME_MS = 500

export interface Subject {
  readonly keeper: Keeper
  readonly recorder: Recorder
  /** Why positions were refused, in order. */
  readonly refusals: readonly string[]
  /** Positions it watches. */
  readonly positions: number
  /** Resolves when it has worked through the block: true when nothing that it has sent may still land. */
  ready(block: number): Promise<boolean>
  stop(): Promise<void>
}

/** The keeper's own log, in a file; hears why positions were refused. */
function logTo(folder: string, redactor: Redactor, refused: (code: string, detail: string) => void): ClosableLogger {
  const logger = createLogger({ level: 'info', folder, terminal: 'none', redactor })
  const loud = process.env['BENCH_VERBOSE'] !== undefined
  return {
    ...logger,
    info(event, fields) {
      if (event === 'refused') refused(String(fields?.['reason']), String(fields?.['detail']))
      logger.info(event, fields)
    },
    warn(event, fields) {
      if (loud) process.stderr.write(`keeper: ${event} ${inspect(fields, { breakLength: Infinity })}\n`)
      logger.warn(event, fields)
    },
    error(event, fields) {
      process.stderr.write(`keeper: ${event} ${inspect(fields, { breakLength: Infinity })}\n`)
      logger.error(event, fields)
    },
  }
}

/** The whole keeper on this thread, as `keeper run` puts it together, with a crowd that fills its market up to `total`. */
export async function startSubject(env: Env, total: number): Promise<Subject> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keeper-bench-'))
  const settings = readSettings(
    // the crowd is on no chain: an audit would find that out; blocks made by hand fall behind the world's clock
    { ...env, DATA_DIR: dataDir, AUDIT_SAMPLE: '0', MAX_HEAD_AGE_SECONDS: '86400' },
    { needs: 'keys' },
  )
  const recorder = new Recorder(['trigger_seconds', 'trigger_stage_seconds'])
  const { metrics } = recorder
  const redactor = new Redactor()
  for (const secret of settings.secrets) redactor.add(secret)
  const refusals: string[] = []
  const logger = logTo(join(dataDir, 'logs'), redactor, (code, detail) => refusals.push(`${code}: ${detail}`))
  const access = await openChain(settings, logger, metrics)
  const operators = (await loadOperators(settings, redactor)) ?? throwAwayOperator()
  const start = await checkStart(access, settings, addressesOf(operators))
  if (start.dryRun) throw new Error(`the keeper would not send: ${start.why.join('; ')}`)
  const options = { settings, access, start, operators, redactor, logger, metrics, progress: () => undefined }
  // a full replay follows everybody from the first event on: nobody of the crowd must be read
  const keeper = new Keeper({ ...options, fromGenesis: true })
  await keeper.start()
  const running = keeper.run()
  const [watch] = keeper.watches
  if (watch === undefined) throw new Error('the keeper watches no market')
  // the head that stands is looked at before another one comes
  for (const until = Date.now() + FIRST_HEAD_MS; keeper.progress.block === null && Date.now() < until;)
    await sleep(LOOK_MS)
  const positions = addCrowd(watch, total, await access.latest())
  return {
    keeper,
    recorder,
    refusals,
    positions,
    async ready(block) {
      const started = Date.now()
      for (let now = started; now < started + WAIT_MS; now = Date.now(), await sleep(LOOK_MS)) {
        const { block: worked, inFlight, preparing } = keeper.progress
        if (worked === null || worked < block || preparing) continue
        if (inFlight === 0) return true
        if (now > started + OUTCOME_MS) return false
      }
      throw new Error(`the keeper has not worked through block ${block} in time: ${JSON.stringify(keeper.progress)}`)
    },
    async stop() {
      await keeper.stop()
      await running
      await logger.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
