/** For `JSON.stringify`: integers of money as decimal text, which no reader rounds. */
export const decimal = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
