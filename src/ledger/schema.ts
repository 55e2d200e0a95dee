/** Money is decimal text: SQLite's integers end at 2^63. Hashes and addresses are lower-case hex. */
const FIRST = `
CREATE TABLE IF NOT EXISTS intents (
  id TEXT PRIMARY KEY, chain_id INTEGER NOT NULL, operator TEXT NOT NULL, nonce INTEGER NOT NULL,
  dry_run INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL DEFAULT 'pending', outcome_detail TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS attempts (
  tx_hash TEXT PRIMARY KEY, intent_id TEXT NOT NULL REFERENCES intents(id), target_block INTEGER NOT NULL,
  deadline_block INTEGER NOT NULL, max_fee_wei TEXT NOT NULL, tip_wei TEXT NOT NULL, gas_limit TEXT NOT NULL,
  sent_ms INTEGER NOT NULL, relays TEXT NOT NULL, answers TEXT NOT NULL DEFAULT '[]',
  profit_token TEXT NOT NULL, gross_wei TEXT NOT NULL, gas_cost_wei TEXT NOT NULL, bid_wei TEXT NOT NULL,
  net_wei TEXT NOT NULL, net_usd8 TEXT NOT NULL, legs TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_intent ON attempts(intent_id);
CREATE TABLE IF NOT EXISTS bookings (
  tx_hash TEXT NOT NULL, block_hash TEXT NOT NULL, intent_id TEXT NOT NULL, block_number INTEGER NOT NULL,
  block_time INTEGER NOT NULL, builder TEXT NOT NULL, extra_data TEXT NOT NULL, status INTEGER NOT NULL,
  executed INTEGER NOT NULL, gas_wei TEXT NOT NULL, bid_wei TEXT NOT NULL, live INTEGER NOT NULL,
  PRIMARY KEY (tx_hash, block_hash));
CREATE TABLE IF NOT EXISTS deltas (
  tx_hash TEXT NOT NULL, block_hash TEXT NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL,
  PRIMARY KEY (tx_hash, block_hash, token));
CREATE TABLE IF NOT EXISTS refusals (
  market TEXT NOT NULL, position TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, figure TEXT,
  first_block INTEGER NOT NULL, last_block INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (market, position, code));
CREATE INDEX IF NOT EXISTS refusals_by_age ON refusals(last_block)
`

/** `net_usd8`: worth of the deltas at the prices of the booking, null where it was never valued. `tokens`: what people call them. */
const NAMES_AND_VALUES = `
ALTER TABLE bookings ADD COLUMN net_usd8 TEXT;
CREATE TABLE tokens (address TEXT PRIMARY KEY, symbol TEXT NOT NULL, decimals INTEGER NOT NULL)
`

/** `unpriced`: JSON list of the tokens that `net_usd8` leaves out. `strays`: what unknown contracts claim to have moved. */
const UNPRICED_AND_STRAYS = `
ALTER TABLE bookings ADD COLUMN unpriced TEXT NOT NULL DEFAULT '[]';
CREATE TABLE strays (
  tx_hash TEXT NOT NULL, block_hash TEXT NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL,
  PRIMARY KEY (tx_hash, block_hash, token))
`

/** How far somebody else's transactions have been searched for what they did to our accounts, by what is searched. */
const CURSORS = `
CREATE TABLE cursors (source TEXT PRIMARY KEY, block INTEGER NOT NULL)
`

/** `behind`: JSON of what an attempt follows, null where it pays as the chain is. `missed`: liquidations by others. */
const BEHIND_AND_MISSED = `
ALTER TABLE attempts ADD COLUMN behind TEXT;
CREATE TABLE missed (
  tx_hash TEXT NOT NULL, market TEXT NOT NULL, position TEXT NOT NULL, block_number INTEGER NOT NULL,
  block_hash TEXT NOT NULL, liquidator TEXT NOT NULL, asset TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  late_ms INTEGER, seen_ms INTEGER NOT NULL, builder TEXT NOT NULL, extra_data TEXT NOT NULL, price_wei TEXT,
  gross_wei TEXT, bid_wei TEXT, PRIMARY KEY (tx_hash, market, position));
CREATE INDEX missed_by_block ON missed(block_number)
`

/** `failed`: JSON list of the attempts that a landed transaction went on without. */
const FAILED_ATTEMPTS = `
ALTER TABLE bookings ADD COLUMN failed TEXT NOT NULL DEFAULT '[]'
`

/**
 * One step per version, in order. A step that was shipped is never changed: a new one is added, and a file takes what it has
 * not seen. An older keeper refuses a newer file.
 */
export const SCHEMA_STEPS: readonly string[] = [
  ...[FIRST, NAMES_AND_VALUES, UNPRICED_AND_STRAYS, CURSORS, BEHIND_AND_MISSED, FAILED_ATTEMPTS],
]
