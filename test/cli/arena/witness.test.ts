import { Witness } from '../../../src/cli/arena/witness.js'
import type { Liquidation, Tally } from '../../../src/cli/arena/tally.js'
import type { BundleRecord } from '../../../src/devnet/builder/submission.js'
import type { Address, Hex } from '../../../src/domain/chain.js'

const user = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const transaction = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const taken = (n: number, by = 'ladder'): Liquidation => ({
  ...{ by, user: user(n), block: 100, transaction: transaction(1_000 + n), channel: 'round', delay: 1 },
})
const tallyOf = (liquidations: readonly Liquidation[]): Tally => ({
  ...{ liquidations, deeds: [], left: [], badDebtBase: '0', publicTransactions: 0 },
})
const record = (n: number, outcome: BundleRecord['outcome']): BundleRecord => ({
  ...{ id: n, relay: 'one', method: 'eth_sendBundle', signer: null, bundleHash: transaction(n) },
  ...{ transactionHashes: [transaction(n)], firstBlock: 100, lastBlock: 100, replacementUuid: null },
  ...{ receivedAtMs: 0, simulated: null, outcome },
})

test('what was out for the block decides why a position was not ours; else what was said of it last', () => {
  const witness = new Witness()
  for (const n of [1, 2, 3])
    witness.heard({
      ...{ at: '', level: 'info', event: 'bundle', block: n === 3 ? 99 : 100 },
      ...{ positions: [`m/${user(n)}`], transaction: transaction(n) },
    })
  for (const [block, reason] of [
    [98, 'lane-busy'],
    [99, 'below-min-profit'],
    [100, 'no-exit'],
  ] as const)
    witness.heard({
      ...{ at: '', level: 'info', event: 'refused', block, reason, detail: 'x', position: `m/${user(3)}` },
    })
  const lost = { kind: 'dropped', blockNumber: 100, reason: 'outbid', detail: '' } as const
  const late = { kind: 'dropped', blockNumber: 101, reason: 'wrong-block', detail: '' } as const
  witness.built(100, [record(1, lost)])
  witness.built(101, [record(2, late)])
  const all = tallyOf([taken(1), taken(2), taken(3), taken(4), taken(5, 'keeper')])
  expect(witness.causes(all)).toBe('outbid 1, late 1, below-min-profit 1, nothing said 1')
  expect(witness.causes(tallyOf([taken(5, 'keeper')]))).toBe('none')
})
