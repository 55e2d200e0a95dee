/** One thing the doctor found. `problem` keeps the keeper from working, `warning` from working well. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  readonly topic: string
  readonly text: string
}

export const ok = (topic: string, text: string): Finding => ({ level: 'ok', topic, text })
export const warning = (topic: string, text: string): Finding => ({ level: 'warning', topic, text })
export const problem = (topic: string, text: string): Finding => ({ level: 'problem', topic, text })

const MARKS = { ok: 'ok  ', warning: 'warn', problem: 'FAIL' } as const

/** `FAIL endpoints  host: wrong chain`. */
export const findingLine = ({ level, topic, text }: Finding): string => `${MARKS[level]} ${topic.padEnd(10)} ${text}`
