import { Cleanup } from '../../src/cli/cleanup.js'
import { Ending } from '../../src/cli/ending.js'
import { KeeperError } from '../../src/domain/errors.js'

test('every step is done once, the last first, also after one that fails', async () => {
  const done: string[] = []
  const cleanup = new Cleanup()
  cleanup.add(() => void done.push('lock'))
  cleanup.add(() => Promise.reject(new Error('the port does not close')))
  cleanup.add(() => {
    throw new Error('nor does this')
  })
  cleanup.add(() => void done.push('connection'))
  expect(await cleanup.run()).toEqual(['nor does this', 'the port does not close'])
  expect(done).toEqual(['connection', 'lock'])
  expect(await cleanup.run()).toEqual([])
})

test('the first reason ends the keeper, and no listener stays behind', async () => {
  const before = process.listenerCount('SIGINT')
  const ending = new Ending(() => undefined)
  ending.fatal(new TypeError('x is no block'))
  process.emit('SIGINT')
  const reason = await ending.ended
  expect([reason, reason?.message]).toEqual([expect.any(KeeperError), 'x is no block'])
  ending.close()
  expect(process.listenerCount('SIGINT')).toBe(before)
  const other = new Ending(() => undefined)
  process.emit('SIGTERM')
  expect(await other.ended).toBeNull()
  other.close()
})
