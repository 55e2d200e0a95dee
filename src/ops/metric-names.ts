/** What is said of each metric on `/metrics`. The name is what the code passes; the page adds `keeper_`, `_total`, `_seconds`. */
export const METRIC_HELP: Readonly<Record<string, string>> = {
  heads: 'Blocks that became the head',
  reorgs: 'Blocks undone because another branch won',
  head_number: 'Number of the newest block',
  head_age: 'Age of the newest block in seconds',
  positions: 'Positions with debt, by market',
  candidates: 'Positions the scan named as possibly liquidatable, by market',
  liquidatable: 'Candidates that exact arithmetic confirmed, by market',
  refusals: 'Liquidatable positions and opportunities not taken, by reason',
  opportunities: 'Opportunities built, by market',
  bundles: 'Bundles by relay and outcome',
  outcomes: 'Intents by what became of them',
  profit_usd: 'Realised profit in US dollars, gas and bids paid, negative for losses',
  would_have_earned_usd: 'Profit in US dollars that dry-run did not take',
  operator_balance: 'Balance of the operator in units of the native token',
  rpc_requests: 'Requests to the chain, by method',
  rpc_faults: 'Requests to the chain that failed, by endpoint and kind',
  rpc_endpoint_in_use: 'One for the endpoint that answers, zero for the others',
  rpc_seconds: 'Time of a request to the chain, by method',
  relay_seconds: 'Time of a request to a relay, by relay',
  scan_seconds: 'Time of one scan, by market',
  block_seconds: 'Time from a new head to the decision, all markets',
  send_seconds: 'Time from a new head to the last byte handed to the relays',
}

/** Seconds. The hot path is milliseconds, an RPC request tens of them, a snapshot minutes. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
