import { readable } from '../screen.js'
import type { KeeperEvent } from './keeper-process.js'

const short = (text: unknown): string => {
  const place = String(text).split('/').at(-1) ?? ''
  return place.length > 12 ? `${place.slice(0, 8)}…${place.slice(-4)}` : place
}

const MOST_NAMED = 4

function list(value: unknown): string {
  if (!Array.isArray(value)) return short(value)
  const named = value.slice(0, MOST_NAMED).map(short).join(' ')
  return value.length > MOST_NAMED ? `${named} and ${value.length - MOST_NAMED} more` : named
}

/** `0.0123 ETH` of a decimal string of wei. */
export function ether(wei: unknown, places = 4): string {
  const text = String(wei)
  if (!/^-?\d+$/.test(text)) return '?'
  const value = BigInt(text)
  const scaled = (value < 0n ? -value : value) / 10n ** BigInt(18 - places)
  const unit = 10n ** BigInt(places)
  return `${value < 0n ? '-' : ''}${scaled / unit}.${(scaled % unit).toString().padStart(places, '0')} ETH`
}

/** What the keeper's log says, in a sentence for a person who watches; null for what only a developer wants to know. */
export function tell(event: KeeperEvent): string | null {
  switch (event.event) {
    case 'candidate':
      return `candidate  ${short(event['position'])}  health factor ${(Number(event['healthFactor']) / 1e18).toFixed(4)}`
    case 'refused':
      // said already, with what it would have earned
      if (event['reason'] === 'dry-run') return null
      return `refused    ${short(event['position'])}  ${String(event['reason'])}: ${readable(String(event['detail']))}`
    case 'bundle':
      return `bundle     ${list(event['positions'])}  for block ${String(event['block'])}, expects ${ether(event['expectedWei'])}`
    case 'dry-run':
      return event['positions'] === undefined
        ? `dry-run    ${String(event['because'])}`
        : `would take ${list(event['positions'])}  and earn ${ether(event['wouldEarnWei'])}`
    case 'landed':
      return `landed     ${list(event['positions'])}  in block ${String(event['block'])}, ${String(event['gasUsed'])} gas`
    case 'reverted':
    case 'expired':
    case 'outbid':
    case 'reorged':
      return `${event.event.padEnd(10)} ${list(event['positions'])}`
    default:
      return event.level === 'error' || event.level === 'warn' ? `${event.level.padEnd(10)} ${line(event)}` : null
  }
}

function line(event: KeeperEvent): string {
  const { at, level, event: name, ...fields } = event
  void at
  void level
  return `${name} ${JSON.stringify(fields)}`
}
