/** The UTC day of a time in milliseconds, as `2026-11-21`. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
