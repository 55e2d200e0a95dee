import type { Address, Hex } from '../../src/domain/chain.js'
import type { Batch } from '../../src/domain/batch.js'
import type { PositionId } from '../../src/domain/market.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import type { Totals } from './interest.js'
import { COMET_CALL, TOKEN_CALL } from './signatures.js'
import type { Account, CometState, Pauses } from './state.js'

const PAUSE_ABSORB = 8n
const PAUSE_BUY = 16n

/** What every block is read for: one round, whatever happened. */
export interface Reading {
  readonly totals: Totals
  readonly pauses: Pauses
  readonly baseBalance: bigint
  /** Comet.getCollateralReserves per asset: holding − what belongs to accounts. */
  readonly reserves: readonly bigint[]
}

type Listed = Pick<CometState, 'market' | 'assets' | 'config'>

export async function readTotals(batch: Batch, { market, assets, config }: Listed): Promise<Reading> {
  const comet = contractOf(market, 'comet')
  const [basic = '0x', base = '0x', ...rest] = await batch.all([
    COMET_CALL.totalsBasic(comet),
    TOKEN_CALL.balanceOf(config.base.address, comet),
    ...assets.flatMap(({ token }) => [
      TOKEN_CALL.balanceOf(token.address, comet),
      COMET_CALL.totalsCollateral(comet, token.address),
    ]),
  ])
  const flags = wordAt(basic, 7)
  return {
    totals: totalsAt(basic),
    pauses: { absorb: (flags & PAUSE_ABSORB) !== 0n, buy: (flags & PAUSE_BUY) !== 0n },
    baseBalance: wordAt(base, 0),
    reserves: assets.map((_, i) => wordAt(rest[2 * i] ?? '0x', 0) - wordAt(rest[2 * i + 1] ?? '0x', 0)),
  }
}

/** The words of `totalsBasic`. */
export const totalsAt = (data: Hex): Totals => ({
  supplyIndex: wordAt(data, 0),
  borrowIndex: wordAt(data, 1),
  trackingSupplyIndex: wordAt(data, 2),
  trackingBorrowIndex: wordAt(data, 3),
  totalSupply: wordAt(data, 4),
  totalBorrow: wordAt(data, 5),
  accruedAt: wordAt(data, 6),
})

/** Signed principals of `ids`, with the bits of the assets that each holds. */
async function readBasics(batch: Batch, comet: Address, ids: readonly PositionId[]): Promise<[bigint, bigint][]> {
  const answers = await batch.all(ids.map((id) => COMET_CALL.userBasic(comet, id as Hex)))
  return answers.map((data) => [
    BigInt.asIntN(104, wordAt(data, 0)),
    // bits 16 to 23 lie in the byte that the first variant left unused
    wordAt(data, 3) | (wordAt(data, 4) << 16n),
  ])
}

/** Principals alone: one call for each account. */
export async function readPrincipals(batch: Batch, state: Listed, ids: readonly PositionId[]): Promise<bigint[]> {
  return (await readBasics(batch, contractOf(state.market, 'comet'), ids)).map(([principal]) => principal)
}

/** Whole accounts, in two rounds: what each holds follows from its bits. */
export async function readAccounts(
  batch: Batch,
  { market, assets }: Listed,
  ids: readonly PositionId[],
): Promise<Map<PositionId, Account>> {
  const comet = contractOf(market, 'comet')
  const basics = await readBasics(batch, comet, ids)
  const accounts = new Map<PositionId, Account>()
  const wanted: {
    readonly id: PositionId
    readonly account: Account
    readonly index: number
    readonly token: Address
  }[] = []
  for (const [i, id] of ids.entries()) {
    const [principal, bits] = basics[i] ?? [0n, 0n]
    const account: Account = { principal, held: [] }
    accounts.set(id, account)
    for (const { index, token } of assets)
      if (((bits >> BigInt(index)) & 1n) === 1n) wanted.push({ id, account, index, token: token.address })
  }
  const balances = await batch.all(wanted.map(({ id, token }) => COMET_CALL.userCollateral(comet, id as Hex, token)))
  for (const [i, { account, index }] of wanted.entries()) {
    while (account.held.length < index) account.held.push(0n)
    account.held[index] = wordAt(balances[i] ?? '0x', 0)
  }
  return accounts
}
