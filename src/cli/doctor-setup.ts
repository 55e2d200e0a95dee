import { formatEther } from 'ethers'
import { Blocks } from '../chain/blocks.js'
import { headAgeLimitMs } from '../chain/head-age.js'
import { endpointName } from '../config/endpoint-secrets.js'
import type { Settings } from '../config/settings.js'
import { submissionPath } from '../config/submission.js'
import { toAddress, type Address, type BlockRef, type Reader } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import { inspectExecutor } from '../execution/executor/inspect.js'
import type { ChainAccess } from './chain-access.js'
import { missingTaker } from './clip-taker.js'
import { ok, problem, warning, type Finding } from './doctor-findings.js'
import { executorProblems, gasProblem, questionsFor } from './executor-check.js'
import { codeProblems } from './start-checks.js'
import type { KnownMarket } from './strategies.js'

/** What the settings alone say. */
export function examineSettings(settings: Settings, access: Pick<ChainAccess, 'file'>): Finding[] {
  const { chain } = access.file
  const findings = settings.warnings.map((text) => warning('settings', text))
  try {
    const path = submissionPath(settings, chain)
    if (path === null)
      findings.push(
        warning('sending', `no private path for ${chain.name}: the keeper stays in dry-run until RELAY_URLS names one`),
      )
    else findings.push(ok('sending', `${path.kind} through ${path.urls.map(endpointName).join(', ')}`))
  } catch (error) {
    findings.push(problem('sending', messageOf(error)))
  }
  if (settings.dryRun) findings.push(ok('sending', 'DRY_RUN is true: nothing will be sent'))
  if (settings.relayAuthKey === null)
    findings.push(warning('sending', 'RELAY_AUTH_KEY is not set: relays see a stranger at every start'))
  return findings
}

/** Each endpoint by itself: right chain, age of its head, time of an answer. */
export async function examineEndpoints(access: ChainAccess, nowMs = Date.now()): Promise<Finding[]> {
  const blocks = new Blocks(access.rpc)
  const { id, blockTimeSeconds } = access.file.chain
  return Promise.all(
    access.rpc.endpoints.map(async (endpoint) => {
      const started = performance.now()
      try {
        const head = await blocks.latest(endpoint)
        const milliseconds = Math.round(performance.now() - started)
        const ageMs = nowMs - Number(head.timestamp) * 1000
        const text = `${endpoint.label}: chain ${id}, block ${head.number}, ${Math.round(ageMs / 1000)} s old, answered in ${milliseconds} ms`
        return ageMs > headAgeLimitMs(id, blockTimeSeconds)
          ? warning('endpoint', `${text}: stale`)
          : ok('endpoint', text)
      } catch (error) {
        return problem('endpoint', `${endpoint.label}: ${messageOf(error)}`)
      }
    }),
  )
}

/** What the market files name and the protocols no longer go by. A file that cannot be compared is a problem as well. */
export async function examineMisfits(
  reader: Reader,
  markets: readonly Pick<KnownMarket, 'market' | 'refill'>[],
  block: BlockRef,
): Promise<Finding[]> {
  const found = await Promise.all(
    markets.map(async ({ market, refill }) => {
      try {
        return (await refill?.misfits?.(reader, market, block)) ?? []
      } catch (error) {
        return [`${market.id}: ${messageOf(error)}`]
      }
    }),
  )
  return found.flat().map((text) => problem('market', text))
}

/** Code at every address of the market file; revisions and code hashes, with the hash to record where none is. */
export async function examineMarkets(
  access: ChainAccess,
  markets: readonly KnownMarket[],
  block: BlockRef,
): Promise<Finding[]> {
  const missing = await codeProblems(access.reader, access.file.chain, markets, block.number)
  if (missing.length > 0) return missing.map(({ message }) => problem('market', message))
  const findings = await Promise.all(
    markets.map(async ({ market, strategy }) => {
      const refusals = await strategy.verify(access.reader, market, block)
      const lacking = missingTaker(market)
      const more = lacking === null ? [] : [warning('market', lacking)]
      if (refusals.length === 0) return [ok('market', `${market.id}: known revision, recorded code`), ...more]
      const found = refusals.map(({ code, detail, figure }) => {
        const how =
          code === 'code-changed' && figure !== undefined
            ? `; when you trust it, add "${figure}" to implementationCodeHashes of ${market.id} in MARKETS_FILE`
            : ''
        return warning('market', `dry-run: ${detail}${how}`)
      })
      return [...found, ...more]
    }),
  )
  return [...findings.flat(), ...(await examineMisfits(access.reader, markets, block))]
}

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)

/** The executor and the gas of every operator; without a key all but the operator is examined. */
export async function examineExecutor(
  access: ChainAccess,
  settings: Settings,
  markets: readonly KnownMarket[],
  operators: readonly Address[],
  block: number,
): Promise<Finding[]> {
  const findings: Finding[] = []
  if (operators.length === 0) findings.push(warning('operator', 'no key is set: only dry-run is possible'))
  for (const operator of operators) {
    const balance = await access.balance(operator, block)
    const gas = gasProblem(operator, balance, settings)
    findings.push(
      gas === null ? ok('operator', `${operator} has ${formatEther(balance)}`) : problem('operator', gas.message),
    )
  }
  const { executor } = settings
  if (executor === null)
    return [...findings, warning('executor', 'EXECUTOR_ADDRESS is not set: run `keeper deploy-executor`')]
  const { chain } = access.file
  const judged = await Promise.all(
    (operators.length === 0 ? [NOBODY] : operators).map(async (operator) => {
      const asked = questionsFor(operator, chain, markets)
      const report = await inspectExecutor(access.reader, executor, asked, block)
      const allowed = operators.length === 0 ? { ...report, operatorAllowed: true } : report
      return { report, messages: executorProblems(executor, asked, allowed, settings, chain).map((one) => one.message) }
    }),
  )
  const messages = [...new Set(judged.flatMap((one) => one.messages))]
  const [first] = judged
  if (messages.length === 0 && first !== undefined)
    findings.push(ok('executor', `${executor}: owner ${first.report.owner}, pays to ${first.report.payout}`))
  return [...findings, ...messages.map((message) => problem('executor', message))]
}
