import { decimal } from '../domain/decimal-json.js'
import type { Outcome } from '../domain/opportunity.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from '../execution/records.js'
import type { Database } from './database.js'

/** The intent with its first attempt; what is written already stays as it was. */
export function writeAttempt(db: Database, intent: IntentRecord, attempt: AttemptRecord): void {
  const { opportunity: o } = attempt
  db.atomically(() => {
    db.run(
      'INSERT OR IGNORE INTO intents (id, chain_id, operator, nonce, dry_run, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
      ...[intent.id, intent.chainId, intent.operator, intent.nonce, intent.dryRun ? 1 : 0, intent.createdAtMs],
    )
    db.run(
      `INSERT OR IGNORE INTO attempts (tx_hash, intent_id, target_block, deadline_block, max_fee_wei, tip_wei, gas_limit,
       sent_ms, relays, profit_token, gross_wei, gas_cost_wei, bid_wei, net_wei, net_usd8, legs, behind)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[attempt.transactionHash, intent.id, attempt.targetBlock, attempt.deadlineBlock],
      ...[attempt.maxFeePerGas, attempt.maxPriorityFeePerGas, attempt.gasLimit].map(String),
      ...[attempt.sentAtMs, JSON.stringify(attempt.relays), o.profitToken],
      ...[o.grossWei, o.gasCostWei, o.bidWei, o.netWei, o.netUsd8].map(String),
      ...[JSON.stringify(o.legs, decimal), attempt.behind === undefined ? null : JSON.stringify(attempt.behind)],
    )
  })
}

export function writeOutcome(db: Database, { outcome, closed, intentId }: OutcomeRecord): void {
  db.run(
    'UPDATE intents SET outcome = ?, outcome_detail = ?, closed = ? WHERE id = ?',
    ...[outcome.kind, detailOf(outcome), closed ? 1 : 0, intentId],
  )
}

function detailOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return `${outcome.refusal.code}: ${outcome.refusal.detail}`
  if (outcome.kind === 'outbid') return outcome.by ?? ''
  return 'blockHash' in outcome ? outcome.blockHash : ''
}
