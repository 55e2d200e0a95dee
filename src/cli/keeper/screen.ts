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

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Columns padded to their widest cell, a rule under the titles. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const cell = cells[i] ?? ''
        return align === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map((c) => c.title)), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n')
}
