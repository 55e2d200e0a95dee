/** Somebody may make a pool where there was none: asked again after so many blocks. */
const ASK_AGAIN_BLOCKS = 1_000

/** What does not exist, by any name, so that it is not asked for at every block. */
export class Absent {
  private readonly since = new Map<string, number>()

  add(id: string, block: number): void {
    this.since.set(id, block)
  }

  mayExist(id: string, block: number): boolean {
    const asked = this.since.get(id)
    return asked === undefined || block >= asked + ASK_AGAIN_BLOCKS
  }
}
