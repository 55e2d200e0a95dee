import { rmSync } from 'node:fs'

/** What must be undone at the end, last first; files also when the process ends without asking. */
export class CleanUp {
  private readonly tasks: (() => Promise<void> | void)[] = []

  add(task: () => Promise<void> | void): void {
    this.tasks.push(task)
  }

  addFile(path: string): void {
    const remove = (): void => {
      rmSync(path, { recursive: true, force: true })
    }
    process.once('exit', remove)
    this.add(() => {
      process.removeListener('exit', remove)
      remove()
    })
  }

  async run(): Promise<void> {
    for (let task = this.tasks.pop(); task; task = this.tasks.pop()) await task()
  }
}
