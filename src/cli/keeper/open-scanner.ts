import type { Logger, Metrics } from '../../domain/ports.js'
import { Scanner } from '../../scanner/scanner.js'

/**
 * The scanner of the keeper. Neither the death of its worker nor a difference between hot prefix and full scan stops the
 * keeper: both are loud, and the answers are full scans on the main thread from then on (after a difference: until the next
 * epoch).
 */
export function openScanner(logger: Logger, metrics: Metrics): Scanner {
  metrics.gauge('scan_worker', 1)
  return new Scanner(
    ({ code, message }) => {
      metrics.gauge('scan_worker', 0)
      logger.error('scan-worker-gone', { code, problem: message, now: 'every scan is a full scan on the main thread' })
    },
    {
      onDifference(market, missing, extra) {
        metrics.count('scan_differences', { market }, missing.length + extra.length)
        logger.error('scan-difference', { market, missing: missing.slice(0, 20), extra: extra.slice(0, 20) })
      },
    },
  )
}
