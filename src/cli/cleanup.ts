import { messageOf } from '../domain/errors.js'

/** Things that are undone in reverse order, whatever happened in between. */
export class Cleanup {
  private readonly steps: (() => void | Promise<void>)[] = []

  add(step: () => void | Promise<void>): void {
    this.steps.push(step)
  }

  /** Does every step once, also those after one that fails: a port that does not close must not cost a lock. Returns what failed. */
  async run(): Promise<string[]> {
    const problems: string[] = []
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step()
      } catch (error) {
        problems.push(messageOf(error))
      }
    }
    return problems
  }
}
