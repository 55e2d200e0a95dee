/** One of those who take turns. `run` is timed; `check` is not, and sees what `run` gave. */
export interface Contestant<Result = unknown> {
  readonly name: string
  /** Takes part in every `every`-th round. */
  readonly every: number
  readonly run: () => Result
  readonly check?: (result: Result) => void
}

/** Milliseconds by name. */
export type Times = ReadonlyMap<string, readonly number[]>

export interface RotationPlan {
  readonly warmUps: number
  readonly rounds: number
  /** Before each round: moves a price. */
  readonly prepare: () => void
  readonly progress: (done: number) => void
}

/** A contestant with its result type hidden, so that a list may hold several kinds. */
const turnOf =
  <R>({ run, check }: Contestant<R>) =>
  (): number => {
    const started = process.hrtime.bigint()
    const result = run()
    const took = Number(process.hrtime.bigint() - started) / 1e6
    check?.(result)
    return took
  }

/**
 * Everybody in turn, round after round, in one process: what disturbs the machine disturbs all of them, so that ratios
 * hold where absolute times do not. The order turns by one place each round. Gives way to the event loop between rounds.
 */
export async function rotate(contestants: readonly Contestant[], plan: RotationPlan): Promise<Times> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  const turns = contestants.map((contestant) => ({ ...contestant, turn: turnOf(contestant) }))
  for (let round = -plan.warmUps; round < plan.rounds; round++) {
    plan.prepare()
    plan.progress(round + plan.warmUps)
    for (let i = 0; i < turns.length; i++) {
      const contestant = turns[(i + round + plan.warmUps) % turns.length]
      // a slow one warms up in the first round only
      if (
        contestant === undefined ||
        (contestant.every > 1 && round !== -plan.warmUps && round % contestant.every !== 0)
      )
        continue
      const took = contestant.turn()
      if (round >= 0) times.get(contestant.name)?.push(took)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return times
}
