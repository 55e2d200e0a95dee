import { RefusalBook } from '../../../src/cli/keeper/refusal-book.js'
import type { Head } from '../../../src/domain/chain.js'
import { Recorder } from '../../support/recorder.js'

it('a ledger that fails is an error, one that is closed because the keeper stops is not', () => {
  const seen = new Recorder()
  const stop = new AbortController()
  const refused = (): never => {
    throw new Error('The database connection is not open')
  }
  const book = new RefusalBook({ refused }, seen, seen, stop.signal)
  const refusal = { market: 'm', position: 'p', code: 'paused', detail: 'DAI is paused' } as const
  const head: Head = {
    ...{ number: 7, hash: '0x07', parentHash: '0x06', timestamp: 1n },
    ...{ baseFeePerGas: 1n, gasLimit: 30_000_000n, gasUsed: 0n },
  }
  const errors = (): number => seen.lines.filter(({ level, event }) => level === 'error' && event === 'ledger').length
  book.keep([refusal], head)
  expect(errors()).toBe(1)
  stop.abort()
  book.keep([refusal], head)
  expect(errors()).toBe(1)
})
