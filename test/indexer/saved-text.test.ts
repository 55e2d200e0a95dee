import { aaveV3 } from '../../strategies/aave-v3/strategy.js'
import { gatherText, savedText } from '../../src/indexer/saved-text.js'
import { marketOf, readEvents } from '../strategies/aave-v3/support/event-file.js'

const file = readEvents(7)
const POSITIONS = 3_000

/** A recorded market with more positions than one part holds. */
function bigState(): ReturnType<typeof aaveV3.load> {
  const state = aaveV3.load(marketOf(file), JSON.stringify(file.start))
  const [one] = state.positions.values()
  if (one === undefined) throw new Error('the recorded market has no position')
  for (let i = 0; i < POSITIONS; i++) state.positions.set(`0x${(0xf0_0000 + i).toString(16).padStart(40, '0')}`, one)
  return state
}

describe('a checkpoint in parts', () => {
  test('is the text of one go, and loads as the same state', async () => {
    const state = bigState()
    const whole = savedText(aaveV3.save(state))
    const parts = await gatherText(aaveV3.saveParts?.(state) ?? [], () => true)
    expect(parts?.chunks.length).toBeGreaterThan(POSITIONS / 1_000)
    expect(parts?.sha256).toBe(whole.sha256)
    const text = Buffer.concat([...(parts?.chunks ?? [])]).toString()
    expect(text).toBe(Buffer.concat([...whole.chunks]).toString())
    expect(aaveV3.save(aaveV3.load(marketOf(file), text))).toBe(text)
  })

  test('is given up when the state moves while it is made', async () => {
    let asked = 0
    function* slow(): Generator<string> {
      for (const until = performance.now() + 200; performance.now() < until;) yield 'x'
    }
    expect(await gatherText(slow(), () => ++asked < 3)).toBeNull()
    expect(asked).toBe(3)
  })
})
