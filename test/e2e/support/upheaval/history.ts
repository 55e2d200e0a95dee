import { BORROWER_ACTS } from './borrower-acts.js'
import { GOVERNANCE_ACTS } from './governance-acts.js'
import { PRICE_ACTS } from './price-acts.js'
import type { Call, Scene } from './scene.js'

const ALL_ACTS = Object.entries({ ...BORROWER_ACTS, ...PRICE_ACTS, ...GOVERNANCE_ACTS })
const HOUR = 3_600
const DEEPEST_REORG = 20

/** Tries and successes of one kind of act. */
export interface Count {
  done: number
  refused: number
}

/** Blocks full of random acts, and reorgs of them. */
export class History {
  readonly counts: Record<string, Count> = {}
  blocks = 0
  readonly reorgs: number[] = []
  private drawn = 0

  private constructor(
    private readonly scene: Scene,
    /** Below this nothing is undone. */
    private readonly ground: number,
  ) {}

  static async over(scene: Scene): Promise<History> {
    return new History(scene, await headOf(scene))
  }

  /** One block of up to `most` acts; time goes on by seconds, now and then by hours or days. */
  async block(most: number): Promise<void> {
    const wanted = 1 + this.scene.below(most)
    const acts: { name: string; calls: readonly Call[] }[] = []
    for (let i = 0; i < wanted; i++) acts.push(await this.draw())
    if (this.scene.chance(0.15)) await this.jump()
    const done = await this.scene.mine(acts.flatMap(({ calls }) => calls))
    this.blocks++
    for (const { name, calls } of acts) {
      if (calls.length === 0) continue
      this.count(name, done.splice(0, calls.length).every(Boolean))
    }
  }

  /** The newest blocks are replaced by others with acts of their own, or by fewer, or by more. */
  async reorg(most: number): Promise<void> {
    const depth = Math.min(1 + this.scene.below(DEEPEST_REORG), (await headOf(this.scene)) - this.ground)
    if (depth < 1) return
    await this.scene.devnet.anvil.rpc('anvil_rollback', [depth])
    this.reorgs.push(depth)
    const length = Math.max(1, depth - 2 + this.scene.below(5))
    // the new branch is quickly longer than anybody looked at the old one
    for (let i = 0; i < length; i++) await (i < 4 ? this.block(most) : this.scene.mine([]))
  }

  flip(): boolean {
    return this.scene.chance(0.5)
  }

  private async draw(): Promise<{ name: string; calls: readonly Call[] }> {
    const share = this.scene.random.next()
    const kind = share < 0.7 ? BORROWER_ACTS : share < 0.9 ? PRICE_ACTS : GOVERNANCE_ACTS
    // the first ones go through all of them in turn, so that every one occurs
    const [name, act] = ALL_ACTS[this.drawn++] ?? this.scene.pick(Object.entries(kind))
    return { name, calls: await act(this.scene) }
  }

  private async jump(): Promise<void> {
    const seconds = this.scene.chance(0.2) ? this.scene.below(72 * HOUR) : this.scene.below(2 * HOUR)
    await this.scene.devnet.anvil.rpc('evm_increaseTime', [seconds])
    this.count('timeJump', true)
  }

  private count(name: string, done: boolean): void {
    const count = (this.counts[name] ??= { done: 0, refused: 0 })
    if (done) count.done++
    else count.refused++
  }
}

const headOf = async ({ devnet }: Scene): Promise<number> => Number(await devnet.anvil.rpc('eth_blockNumber', []))
