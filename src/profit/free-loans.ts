import type { Address, CallRequest, Reader } from '../domain/chain.js'
import { wordsIn } from './answers.js'
import type { FreeLoan } from './venue.js'

/** Of `tokens`, what `lender` holds at `block`: it lends all of it. A token that does not answer is not lent. */
export async function loansFrom(
  reader: Reader,
  lender: Pick<FreeLoan, 'lender' | 'via'>,
  tokens: readonly Address[],
  block: number,
): Promise<readonly FreeLoan[]> {
  const requests = tokens.map((token) => balanceOf(token, lender.lender))
  const answers = await reader.calls(requests, block)
  return tokens.flatMap((token, i) => {
    const [available = 0n] = wordsIn(answers[i], 1) ?? []
    return available > 0n ? [{ ...lender, token, available }] : []
  })
}

/** The same of native ether, which the executor turns into `loan.token`. `multicall` is asked how much the lender has. */
export async function etherFrom(
  reader: Reader,
  loan: Pick<FreeLoan, 'lender' | 'via' | 'token'>,
  multicall: Address,
  block: number,
): Promise<readonly FreeLoan[]> {
  const [answer] = await reader.calls([etherOf(multicall, loan.lender)], block)
  const [available = 0n] = wordsIn(answer, 1) ?? []
  return available > 0n ? [{ ...loan, available }] : []
}

/** ERC-20 `balanceOf(address)`. */
const balanceOf = (token: Address, holder: Address): CallRequest => ({
  to: token,
  data: `0x70a08231${holder.slice(2).padStart(64, '0')}`,
})

/** Multicall3 `getEthBalance(address)`. */
const etherOf = (multicall: Address, holder: Address): CallRequest => ({
  to: multicall,
  data: `0x4d2301cc${holder.slice(2).padStart(64, '0')}`,
})
