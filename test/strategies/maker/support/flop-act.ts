import type { Round } from '../../../../src/auctions/round.js'
import type { Receipt } from '../../../../src/devnet/deployer.js'
import type { FlopBed } from './flop-bed.js'

/** Runs what the agent decided, and checks that the books saw what the chain did. */
export async function act(bed: FlopBed, round: Round): Promise<Receipt> {
  const before = await bed.held()
  const receipt = await bed.runRound(round)
  expect(receipt.status).toBe('0x1')
  const after = await bed.held()
  expect(bed.moved(receipt)).toEqual(after.map((now, i) => now - (before[i] ?? 0n)))
  return receipt
}
