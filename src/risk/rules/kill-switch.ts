import { refuse } from '../../domain/refusal.js'
import type { Refusal } from '../../domain/refusal.js'

/** Not a function of the opportunity: the gate asks it first, with the reason the switch was pulled or null. */
export const killSwitch = (pulled: string | null): Refusal | null =>
  pulled === null ? null : refuse('kill-switch', `the kill switch is on (${pulled}); delete the file to go on`)
