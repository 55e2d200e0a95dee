import { Slices } from '../../../src/cli/keeper/slices.js'

const spin = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until;);
}

it('lets others on this thread have a turn between two pieces, and knows when its budget is spent', async () => {
  const slices = new Slices(0.006, () => false)
  let turns = 0
  let counting = true
  const count = (): void => {
    turns++
    if (counting) setImmediate(count)
  }
  setImmediate(count)
  expect(slices.isSpent).toBe(false)
  for (let i = 0; i < 4; i++) await slices.run(() => spin(2))
  counting = false
  expect(turns).toBeGreaterThanOrEqual(2)
  expect(slices.isSpent).toBe(true)
  await expect(
    slices.run(() => {
      throw new Error('its own')
    }),
  ).rejects.toThrow('its own')
})

it('does nothing while something urgent is under way', async () => {
  let busy = true
  let done = false
  const working = new Slices(1, () => busy).run(() => (done = true))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(done).toBe(false)
  busy = false
  await working
  expect(done).toBe(true)
})
