/**
 * Everything that can go wrong between the keeper and a block, by name; the local chain can make all of it happen. A test
 * holds a scenario for each and fails for one without.
 */
export const FAULT_NAMES = [
  // transport: relay faults, scripted per relay (`builder.fault`)
  '429',
  '429 with Retry-After',
  ...(['JSON', 'HTML'] as const).flatMap((form) =>
    ([400, 401, 403, 500, 502, 503] as const).map((status) => `${status} with ${form}` as const),
  ),
  'hang',
  'accept, then hang',
  'slow drip',
  'reset before the body is read',
  'reset after the body is read',
  'accept, then reset',
  'redirect',
  'wrong id',
  'null result',
  'missing result',
  'string result',
  'error inside 200',
  'string error',
  'invalid JSON',
  'empty answer',
  'truncated gzip',
  '2 MB answer',
  'duplicate answer',
  // auction: what other people and the builder do (`builder.fault`, options of `produceBlock`, transactions of others)
  'accepted and dropped',
  'only the third attempt lands',
  'lands behind the transactions of others',
  'one block late',
  'a competitor lands first',
  'a competitor outbids',
  'partial liquidation before us',
  'the price lands alone',
  'the price is stale',
  'liquidatable by time alone',
  'base fee rises by an eighth, again and again',
  'missed slot',
  'local block',
  'two builders accept, one builds',
  'cancelled bundle lands all the same',
  'another transaction takes the nonce',
  // reorgs (`builder.reorg`)
  'reorg: ours is gone',
  'reorg: ours lands one block later',
  'reorg: unbundled',
  'reorg: copied calldata',
  // the keeper's own node (`proxy.fault`)
  'no block at the head',
  'RPC error while a head is read',
  'stale head',
  'heads are skipped',
  'the connection to the node drops',
] as const

export type FaultName = (typeof FAULT_NAMES)[number]
