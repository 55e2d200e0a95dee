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

/** Names under which this machine asks itself. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]']

/**
 * A page in a browser on this machine can point a name of its own at 127.0.0.1 (DNS rebinding) and would then be allowed
 * to read the answer; its requests still carry that name. Browsers leave out the port when it is 80.
 */
const isOwnName = (host: string | undefined, port: number): boolean =>
  OWN_NAMES.some((name) => host?.toLowerCase() === `${name}:${port}` || (port === 80 && host?.toLowerCase() === name))

function portError(port: number, error: unknown): SettingsError {
  const what =
    codeOf(error) === 'EADDRINUSE'
      ? `port ${port} is in use by another program; choose a free one (every keeper needs its own)`
      : `cannot listen on ${HOST}:${port}: ${messageOf(error)}`
  return new SettingsError('METRICS_PORT', what, { cause: error })
}

/**
 * Serves `/healthz` (200 with the facts, 503 with the reasons) and `/metrics` on 127.0.0.1, to requests for 127.0.0.1,
 * localhost or [::1] alone (403 to any other `Host`). Throws
 * `SettingsError('METRICS_PORT')` when the port cannot be had.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { redactor, metrics } = options
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.addHook('onRequest', async (request, reply) => {
    const port = request.socket.localPort ?? options.port
    if (isOwnName(request.headers.host, port)) return
    const line = `refused: the Host header must be 127.0.0.1:${port}, localhost:${port} or [::1]:${port}\n`
    await reply.code(403).type('text/plain').send(line)
  })
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
