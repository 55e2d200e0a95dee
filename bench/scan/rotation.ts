import { setTimeout as sleep } from 'node:timers/promises'

/** One of those who take turns, in every `every`-th round; `run` is timed. */
export interface Contestant {
  readonly name: string
  readonly every: number
  readonly run: () => unknown
}

/** Milliseconds by name. */
export type Times = ReadonlyMap<string, readonly number[]>

export interface RotationPlan {
  readonly warmUps: number
  readonly rounds: number
  /** Before each round, untimed: moves a price. */
  readonly prepare: () => void
  /** After each round, untimed: compares the results; `took` names who had a turn. */
  readonly judge: (took: ReadonlySet<string>) => void
  readonly progress: (done: number) => void
  /** Idle time before each turn; absent: none. */
  readonly idleMs?: () => number
}

/**
 * Everybody in turn, round after round, in one process: what disturbs the machine disturbs all of them, so that ratios
 * hold where absolute times do not. Each round starts one place further on. A slow one (`every` > 1) warms up once. Gives
 * way to the event loop between rounds.
 */
export async function rotate(contestants: readonly Contestant[], plan: RotationPlan): Promise<Times> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let turn = 0; turn < plan.warmUps + plan.rounds; turn++) {
    plan.progress(turn)
    plan.prepare()
    const took = new Set<string>()
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(i + turn) % contestants.length]
      if (contestant === undefined || !isDue(contestant, turn, plan.warmUps)) continue
      if (plan.idleMs) await sleep(plan.idleMs())
      const started = process.hrtime.bigint()
      contestant.run()
      const ms = Number(process.hrtime.bigint() - started) / 1e6
      if (turn >= plan.warmUps) times.get(contestant.name)?.push(ms)
      took.add(contestant.name)
    }
    plan.judge(took)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return times
}

const isDue = ({ every }: Contestant, turn: number, warmUps: number): boolean =>
  turn < warmUps ? every === 1 || turn === 0 : (turn - warmUps) % every === 0
