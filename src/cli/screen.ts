/** Figures and tables for people. Pure. */

/** `1,234.56` from an integer with `decimals`, rounded towards zero to `shown` places. */
export function amountText(value: bigint, decimals: number, shown = 2): string {
  const sign = value < 0n ? '-' : ''
  const scaled = (value < 0n ? -value : value) / 10n ** BigInt(Math.max(0, decimals - shown))
  const unit = 10n ** BigInt(Math.min(shown, decimals))
  const whole = (scaled / unit).toString().replace(/\B(?=(\d{3})+$)/g, ',')
  const rest = (scaled % unit).toString().padStart(Math.min(shown, decimals), '0')
  return rest === '' || shown === 0 ? `${sign}${whole}` : `${sign}${whole}.${rest}`
}

/** A wad as `1.0234`; `∞` for the health factor of a position without debt. */
export const wadText = (wad: bigint): string => (wad === 2n ** 256n - 1n ? '∞' : amountText(wad, 18, 4))

/** USD with 8 decimals as `$1,234.56`. */
export const usdText = (usd8: bigint): string => `$${amountText(usd8, 8)}`.replace('$-', '-$')

/** A detail is a sentence; a column is not. */
const DETAIL = 60

/** Strangers have a say in these sentences: what would move the cursor of a terminal is left out. */
export const cut = (sentence: string): string => {
  const text = sentence.replace(/\p{C}/gu, '')
  return text.length > DETAIL ? `${text.slice(0, DETAIL - 1)}…` : text
}

/** Reasons tell raw units; a person reads whole tokens. Long figures are taken for units of 18 decimals, as coins and ether have. */
export const readable = (why: string): string => why.replace(/\d{16,}/g, (raw) => amountText(BigInt(raw), 18))

export type Cell = string | number

const FIGURE = /^(-?\$?[\d,]+(\.\d+)?(\*| [A-Z]{2,6}| native| %)?|∞|–)$/

/** Columns as wide as their widest cell, a rule under the titles; columns of figures to the right. Pure. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = rows.map((row) => row.map(String))
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => (row[i] ?? '').length)))
  const right = head.map((_, i) => cells.length > 0 && cells.every((row) => FIGURE.test(row[i] ?? '')))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)]
}
