import type { Head } from '../../src/domain/chain.js'
import { silentLogger } from '../../src/domain/ports.js'
import { HeadUpdates } from '../../src/execution/head-updates.js'

const head = (number: number): Head => ({
  ...{ number, hash: `0x${number.toString(16).padStart(64, '0')}`, parentHash: '0x00', timestamp: BigInt(number) },
  ...{ baseFeePerGas: 1n, gasUsed: 0n, gasLimit: 30_000_000n },
})

/** Readings of outcomes that end when the test says so. */
function updates(dryRun = false) {
  const asked: { readonly number: number; readonly end: (read: boolean) => void }[] = []
  const tracker = {
    update: ({ number }: Head) => new Promise<boolean>((end) => void asked.push({ number, end })),
  }
  const heads = new HeadUpdates({
    ...{
      tracker: dryRun ? null : tracker,
      journal: { compactIfGrown: () => false },
      logger: silentLogger,
      now: () => 0,
    },
  })
  const nextAsk = async (): Promise<{ readonly number: number; readonly end: (read: boolean) => void }> => {
    while (asked.length === 0) await new Promise(setImmediate)
    const [first] = asked.splice(0, 1)
    if (first === undefined) throw new Error('nothing was asked')
    return first
  }
  return { heads, asked, nextAsk }
}

describe('outcomes at a head', () => {
  it('a reading that failed says so, and the same head is read again', async () => {
    const { heads, nextAsk } = updates()
    const first = heads.take(head(1), 0)
    ;(await nextAsk()).end(false)
    expect(await first).toBe(false)
    const again = heads.take(head(1), 0)
    ;(await nextAsk()).end(true)
    expect(await again).toBe(true)
    // known by now: nobody is asked
    expect(await heads.take(head(1), 0)).toBe(true)
  })

  it('who waits behind a running reading gets the word of the newest head, not of the one that ran', async () => {
    const { heads, asked, nextAsk } = updates()
    const first = heads.take(head(1), 0)
    const running = await nextAsk()
    const [second, third] = [heads.take(head(2), 0), heads.take(head(3), 0)]
    running.end(true)
    expect(await first).toBe(true)
    const last = await nextAsk()
    expect([last.number, asked]).toEqual([3, []])
    last.end(false)
    expect(await Promise.all([second, third])).toEqual([false, false])
    await heads.idle()
  })

  it('in a dry run nothing is out, so everything is known', async () => {
    expect(await updates(true).heads.take(head(1), 0)).toBe(true)
  })
})
