import fastify from 'fastify'
import { codeOf, messageOf, SettingsError } from '../domain/errors.js'
import type { HealthReport } from './health.js'
import type { PrometheusMetrics } from './metrics.js'
import type { Redactor } from './redaction.js'

export interface HttpOptions {
  /** 0 picks a free one. */
  readonly port: number
  readonly health: () => HealthReport | Promise<HealthReport>
  readonly metrics: PrometheusMetrics
  readonly redactor: Redactor
}

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** The loopback only: metrics tell a competitor what we do. */
const HOST = '127.0.0.1'

function portError(port: number, error: unknown): SettingsError {
  const what =
    codeOf(error) === 'EADDRINUSE'
      ? `port ${port} is in use by another program; choose a free one (every keeper needs its own)`
      : `cannot listen on ${HOST}:${port}: ${messageOf(error)}`
  return new SettingsError('METRICS_PORT', what, { cause: error })
}

/**
 * Serves `/healthz` (200 with the facts, 503 with the reasons) and `/metrics` on 127.0.0.1. Throws
 * `SettingsError('METRICS_PORT')` when the port cannot be had.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { redactor, metrics } = options
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.get('/healthz', async (_request, reply) => {
    const { problems, facts } = await options.health()
    const status = problems.length === 0 ? 'ok' : 'failing'
    return reply.code(problems.length === 0 ? 200 : 503).send(redactor.value({ status, problems, ...facts }))
  })
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(redactor.text(await metrics.page())),
  )
  // an error inside health() is a reason of its own, never a stack trace
  server.setErrorHandler((error, _request, reply) =>
    reply.code(503).send({ status: 'failing', problems: [`cannot tell: ${redactor.text(messageOf(error))}`] }),
  )
  try {
    await server.listen({ host: HOST, port: options.port })
  } catch (error) {
    await server.close()
    throw portError(options.port, error)
  }
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { port, close: () => server.close() }
}
