import type { KeeperEvent } from '../keeper-process.js'
import { tell } from '../story.js'

interface Told {
  readonly name: string
  readonly what: string
}

/** What the keeper's log says of auctions, in a sentence; the rest as the other demo tells it. */
export function tellAuction(event: KeeperEvent): string | null {
  if (event.event !== 'auction') return event.event === 'bundle' ? null : tell(event)
  const actions = Array.isArray(event['actions']) ? (event['actions'] as Told[]) : []
  return `auction    ${actions.map(({ name, what }) => `${what} ${name.startsWith('sale/') ? '' : name}`.trim()).join(', ')}`
}
