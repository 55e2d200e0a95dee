/** What a share is worth; where it is more, or less, than what can be filled: to which side there is room. */
export type Worth = bigint | 'less' | 'more'

/** Golden-section steps: each leaves 61.8 % of the bracket. */
const STEPS = 16
/** The search ends where no share can be worth more by this part of what is found. */
const CLOSE_ENOUGH = 200_000n
const GOLDEN = 618_034n
const MILLION = 1_000_000n

/**
 * The part of `total` that goes to the first of two pools, so that both together are worth most: where their marginal prices
 * meet, since each pool's price only worsens. Strictly inside (0, total); null where nothing inside can be filled. Pure.
 */
export function bestShare(total: bigint, worthOf: (share: bigint) => Worth): bigint | null {
  let best: { readonly share: bigint; readonly worth: bigint } | null = null
  const look = (share: bigint): Worth => {
    const worth = worthOf(share)
    const inside = share > 0n && share < total && typeof worth === 'bigint'
    if (inside && (best === null || worth > best.worth)) best = { share, worth }
    return worth
  }
  let [low, high] = [0n, total]
  let [left, right] = [inner(low, high, false), inner(low, high, true)]
  let [atLow, atLeft, atRight, atHigh] = [look(low), look(left), look(right), look(high)]
  for (let i = 0; i < STEPS && high - low > 2n; i++) {
    const down = isDown(atLeft, atRight)
    if (down ? isClose(atLeft, atLow, atRight) : isClose(atRight, atHigh, atLeft)) break
    if (down) {
      ;[high, atHigh, right, atRight] = [right, atRight, left, atLeft]
      left = inner(low, high, false)
      atLeft = look(left)
    } else {
      ;[low, atLow, left, atLeft] = [left, atLeft, right, atRight]
      right = inner(low, high, true)
      atRight = look(right)
    }
  }
  return sharing(best)
}

// the search writes it inside a closure, which narrowing does not see
const sharing = (best: { readonly share: bigint } | null): bigint | null => best?.share ?? null

const inner = (low: bigint, high: bigint, upper: boolean): bigint => {
  const part = ((high - low) * GOLDEN) / MILLION
  return upper ? low + part : high - part
}

/** True when the best share lies below the right one. */
function isDown(atLeft: Worth, atRight: Worth): boolean {
  if (atLeft === 'less') return true
  if (atLeft === 'more' || atRight === 'more') return false
  return atRight === 'less' || atLeft >= atRight
}

/** Worth is concave in the share: no chord can be left by more than the next one rises. */
function isClose(top: Worth, outside: Worth, inside: Worth): boolean {
  if (typeof top !== 'bigint' || typeof outside !== 'bigint' || typeof inside !== 'bigint') return false
  const [one, other] = [((top - outside) * GOLDEN) / MILLION, ((top - inside) * MILLION) / GOLDEN]
  const rise = one > other ? one : other
  return rise * CLOSE_ENOUGH < (top < 0n ? -top : top)
}
