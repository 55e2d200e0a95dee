import { formatUnits, parseUnits } from 'ethers'
import type { AgentToken } from '../auctions/agent-needs.js'
import type { Limits, WantedAgent, WantedHolding } from '../auctions/agent-setup.js'
import type { Address } from '../domain/chain.js'
import { SettingsError } from '../domain/errors.js'
import { WAD, divCeil } from '../domain/maths.js'

/** The options of `deploy-agent` that say how much may leave the agent; whole tokens, and native tokens for one won token. */
export interface LimitOptions {
  readonly coinsPerRun?: string
  readonly coinsPerDay?: string
  readonly tokensPerRun?: string
  readonly tokensPerDay?: string
  readonly floor?: string
}

const flagOf = (name: keyof LimitOptions): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

function amountOf(options: LimitOptions, name: keyof LimitOptions, decimals: number): bigint {
  const text = options[name] ?? ''
  if (!/^\d{1,30}(\.\d{1,18})?$/.test(text))
    throw new SettingsError(flagOf(name), `is ${JSON.stringify(text)}, must be a number like 20000 or 0.5`)
  try {
    return parseUnits(text, decimals)
  } catch (error) {
    throw new SettingsError(flagOf(name), `has more than ${decimals} places`, { cause: error })
  }
}

/** Limits of one token from the options, or null where none of its options is given. Throws `SettingsError` for a part of them. */
export function limitsOf({ role, decimals, pots }: AgentToken, options: LimitOptions): Limits | null {
  const [run, day] =
    role === 'paid' ? (['coinsPerRun', 'coinsPerDay'] as const) : (['tokensPerRun', 'tokensPerDay'] as const)
  const names = role === 'paid' ? [run, day] : [run, day, 'floor' as const]
  const absent = names.filter((name) => options[name] === undefined)
  if (absent.length === names.length) return null
  if (absent.length > 0)
    throw new SettingsError(
      absent.map(flagOf).join(', '),
      `must be given too: they belong to ${names.map(flagOf).join(', ')}`,
    )
  const unit = pots[0]?.scale ?? 1n
  const [perRun, perDay] = [amountOf(options, run, decimals) * unit, amountOf(options, day, decimals) * unit]
  if (perRun === 0n || perDay < perRun)
    throw new SettingsError(flagOf(day), `must be at least ${flagOf(run)}, and that above zero`)
  if (role === 'paid') return { perRun, perDay, floorRate: 0n }
  const floorWei = amountOf(options, 'floor', 18)
  if (floorWei === 0n)
    throw new SettingsError('--floor', 'must be above zero: a stolen operator key could otherwise sell at any price')
  // up: the floor is never lower than what was asked for
  return { perRun, perDay, floorRate: divCeil(floorWei * WAD, 10n ** BigInt(decimals) * unit) }
}

/** Every limit that a holding still lacks must be given: one line that names all, or nothing. */
export function requireLimits(wanted: WantedAgent, held: readonly (Address | null)[]): void {
  const bare = wanted.holdings.filter(({ token, limits }) => limits === null && !held.includes(token))
  if (bare.length === 0) return
  throw new SettingsError(
    '--coins-per-run, --coins-per-day, --tokens-per-run, --tokens-per-day, --floor',
    `limits of ${bare.map(({ symbol }) => symbol).join(' and ')} are not given: say what may leave in one run and in one day (whole tokens), and the least native tokens for which one won token is sold`,
  )
}

/** The plan as people read it, one line each. */
export function describeAgent(owner: Address, wanted: WantedAgent): string[] {
  return [
    `owner         ${owner}`,
    ...wanted.operators.map((a) => `operator      ${a}`),
    ...wanted.holdings.map((one) => `limits        ${limitsText(one)}`),
    ...wanted.rights.map(({ name }) => `right         ${name}`),
    ...wanted.approvals.map(({ symbol, spender }) => `approval      ${symbol} to ${spender}`),
    ...wanted.functions.map(({ name, target, selector }) => `calls to      ${target} ${selector} ${name}`),
  ]
}

/** Whole tokens, each by its own decimals. */
function limitsText({ symbol, decimals, pots, limits }: WantedHolding): string {
  if (limits === null) return `${symbol}: as they are`
  const { perRun, perDay, floorRate } = limits
  if (perRun === 0n) return `${symbol}: none leaves`
  const unit = pots[0]?.scale ?? 1n
  const whole = (units: bigint): string => formatUnits(units / unit, decimals)
  // down: no more is promised than is asked for
  const floorWei = (floorRate * unit * 10n ** BigInt(decimals)) / WAD
  const floor = floorRate === 0n ? '' : `, for at least ${formatUnits(floorWei, 18)} native tokens each`
  return `${symbol}: ${whole(perRun)} per run, ${whole(perDay)} per day${floor}`
}
