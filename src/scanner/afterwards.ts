/** Tasks that wait until the caller of the scanner has its answer: they run in the event loop's next turn. */
export class Afterwards {
  private tasks: (() => void)[] = []
  private turn: NodeJS.Immediate | null = null

  add(task: () => void): void {
    this.tasks.push(task)
    this.turn ??= setImmediate(() => {
      this.run()
    })
  }

  /** Runs what is waiting now. */
  run(): void {
    for (const task of this.drop()) task()
  }

  /** Forgets what is waiting, and returns it. */
  drop(): readonly (() => void)[] {
    if (this.turn !== null) clearImmediate(this.turn)
    this.turn = null
    const { tasks } = this
    this.tasks = []
    return tasks
  }
}
