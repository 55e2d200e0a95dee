import { callsOf } from '../domain/abi-calls.js'
import type { Address, Reader } from '../domain/chain.js'
import { ERC20 } from '../domain/erc20.js'
import { wordsIn } from './answers.js'
import type { FreeLoan } from './venue.js'

/** Of `tokens`, what `lender` holds at `block`: it lends all of it. A token that does not answer is not lent. */
export async function loansFrom(
  reader: Reader,
  lender: Pick<FreeLoan, 'lender' | 'via'>,
  tokens: readonly Address[],
  block: number,
): Promise<readonly FreeLoan[]> {
  const requests = tokens.map((token) => ERC20.balanceOf(token, lender.lender))
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
  const [answer] = await reader.calls([MULTICALL.getEthBalance(multicall, loan.lender)], block)
  const [available = 0n] = wordsIn(answer, 1) ?? []
  return available > 0n ? [{ ...loan, available }] : []
}

/** Of Multicall3. */
const MULTICALL = callsOf(['function getEthBalance(address account) view returns (uint256)'])
