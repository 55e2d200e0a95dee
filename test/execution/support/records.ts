import type { Address, Hex } from '../../../src/domain/chain.js'
import type { AttemptRecord, IntentRecord } from '../../../src/execution/records.js'

export const A = (digit: string): Address => `0x${digit.repeat(40)}`
export const H = (digit: string): Hex => `0x${digit.repeat(64)}`

export const someIntent = (changes: Partial<IntentRecord> = {}): IntentRecord => ({
  id: 'intent-1',
  chainId: 31337,
  operator: A('a'),
  nonce: 7,
  replacementUuid: '0b4b2b52-6f0f-4f2e-8a51-0a3b7a0c4a11',
  dryRun: false,
  createdAtMs: 1_700_000_000_000,
  ...changes,
})

export const someAttempt = (changes: Partial<AttemptRecord> = {}): AttemptRecord => ({
  intentId: 'intent-1',
  transactionHash: H('1'),
  targetBlock: 101,
  deadlineBlock: 103,
  deadlineTime: 1_700_000_072n,
  maxFeePerGas: 20_000_000_000n,
  maxPriorityFeePerGas: 1n,
  gasLimit: 900_000n,
  relays: ['127.0.0.1:1'],
  sentAtMs: 1_700_000_000_001,
  opportunity: {
    id: 'opportunity-1',
    legs: [
      {
        market: 'aave-v3-core',
        position: A('b'),
        collateral: A('c'),
        debt: A('d'),
        repay: 10n ** 24n,
        seize: 5n,
        gross: 3n * 10n ** 17n,
        route: 'WETH -[0.05 %]-> USDC',
      },
    ],
    profitToken: A('c'),
    grossWei: 3n * 10n ** 17n,
    gas: 700_000n,
    gasCostWei: 10n ** 16n,
    bidWei: 10n ** 17n,
    netWei: 19n * 10n ** 16n,
    netUsd8: 380n * 10n ** 8n,
  },
  ...changes,
})
