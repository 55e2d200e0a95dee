import { PRETENDED_EXECUTOR } from '../../execution/executor/override.js'
import { Backstop } from './backstop.js'
import { LossBudget } from './loss-budget.js'
import type { HuntingOptions } from './open-hunting.js'
import { Takeovers } from './takeovers.js'

/** What completes at a loss; null in profit mode, so that nothing there knows how. */
export function openBackstop(options: Omit<HuntingOptions, 'heads' | 'lookAgain'>): Backstop | null {
  const { settings, access, sending, isNewest, logger, metrics } = options
  const { submitter, ledger } = sending
  if (settings.mode !== 'backstop') return null
  const revertsAreCharged = access.file.chain.submission !== 'bundle'
  const by = settings.executor ?? PRETENDED_EXECUTOR
  return new Backstop({
    submitter,
    budget: new LossBudget({ settings, revertsAreCharged, submitter, ledger }),
    takeovers: new Takeovers({ ask: access.rpc, from: PRETENDED_EXECUTOR, by }),
    ...{ isNewest, logger, metrics },
  })
}
