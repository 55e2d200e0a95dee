import { loadKey } from '../config/keys.js'
import { loadOperatorKeys } from '../config/operator-keys.js'
import type { Settings } from '../config/settings.js'
import type { Address } from '../domain/chain.js'
import { OperatorKey } from '../execution/operator-key.js'
import type { Redactor } from '../ops/redaction.js'

/** The keys that sign. */
export interface Operators {
  readonly keys: readonly OperatorKey[]
  /** Kept for work that can wait. */
  readonly housekeeping: OperatorKey | null
}

/** The configured operators, null where none is. Every key that is loaded becomes known to the redactor. */
export async function loadOperators(settings: Settings, redactor: Redactor): Promise<Operators | null> {
  const { operator, operatorKeys } = settings
  if (operatorKeys === null && operator === null) return null
  const secrets =
    operatorKeys !== null
      ? await loadOperatorKeys(operatorKeys)
      : { keys: operator === null ? [] : [await loadKey(operator)], housekeeping: null }
  const { keys, housekeeping } = secrets
  for (const secret of housekeeping === null ? keys : [...keys, housekeeping]) redactor.add(secret)
  return {
    keys: keys.map((secret) => new OperatorKey(secret.reveal())),
    housekeeping: housekeeping === null ? null : new OperatorKey(housekeeping.reveal()),
  }
}

/** For dry-run without a key: one that owns nothing. */
export const throwAwayOperator = (): Operators => ({ keys: [OperatorKey.throwAway()], housekeeping: null })

/** All of them, housekeeping last: the executor must obey each. */
export const addressesOf = ({ keys, housekeeping }: Operators): readonly Address[] =>
  [...keys, ...(housekeeping === null ? [] : [housekeeping])].map(({ address }) => address)
