import { RELAY_FAULTS, type FaultDetails, type RelayFault, type RelayFaultKind } from './relay-faults.js'

export interface RelayFaultOptions extends FaultDetails {
  /** How many requests are spoilt; default 1, `Infinity` until cleared. */
  readonly times?: number
  /** Default: every method. Ignored by `resetBeforeBody`, which has not read it. */
  readonly methods?: readonly string[]
}

interface Active {
  readonly kind: RelayFaultKind
  readonly methods: readonly string[] | undefined
  readonly details: FaultDetails
  left: number
}

type EarlyFault = Extract<RelayFault, { when: 'early' | 'instead' | 'answer' }>

/** The scripted faults of one relay, the oldest that fits first. */
export class RelayFaultQueue {
  #active: Active[] = []

  add(kind: RelayFaultKind, { times = 1, methods, ...details }: RelayFaultOptions): void {
    this.#active.push({ kind, methods, details, left: times })
  }

  clear(): void {
    this.#active = []
  }

  takeEarly(): { fault: EarlyFault; details: FaultDetails } | undefined {
    const first = this.#active[0]
    if (!first) return undefined
    const fault = RELAY_FAULTS[first.kind]
    if (fault.when !== 'early') return undefined
    this.#use(first)
    return { fault, details: first.details }
  }

  take(method: string): Active | undefined {
    const found = this.#active.find(
      ({ kind, methods }) => RELAY_FAULTS[kind].when !== 'early' && (methods?.includes(method) ?? true),
    )
    if (found) this.#use(found)
    return found
  }

  #use(active: Active): void {
    active.left--
    if (active.left <= 0) this.#active = this.#active.filter((other) => other !== active)
  }
}
