/** The judge's own few lines of JSON-RPC and ABI: nothing here comes from the keeper. */
import { Interface } from 'ethers'

export const poolAbi = new Interface([
  'event Borrow(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint8 interestRateMode, uint256 borrowRate, uint16 indexed referralCode)',
  'function getUserAccountData(address) view returns (uint256 collateral, uint256 debt, uint256, uint256, uint256, uint256 healthFactor)',
  'function getReservesList() view returns (address[])',
  'function getReserveData(address) view returns (tuple(uint256 configuration, uint128, uint128, uint128, uint128, uint128, uint40, uint16, address aToken, address, address variableDebtToken, address, uint128, uint128, uint128))',
  'function getReserveDeficit(address) view returns (uint256)',
])
export const erc20Abi = new Interface([
  'function balanceOf(address) view returns (uint256)',
  'function decimals() view returns (uint8)',
  'function transfer(address, uint256) returns (bool)',
])
export const oracleAbi = new Interface(['function getAssetPrice(address) view returns (uint256)'])
export const factoryAbi = new Interface(['function getPool(address, address, uint24) view returns (address)'])

export interface SimulatedCall {
  readonly status: string
  readonly gasUsed: string
  readonly returnData: string
}

export class Chain {
  constructor(private readonly url: string) {}

  async rpc<T>(method: string, params: unknown[]): Promise<T> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const answer = (await response.json()) as { result?: T; error?: { message: string } }
    if (answer.error !== undefined) throw new Error(`judge: ${method}: ${answer.error.message}`)
    return answer.result as T
  }

  /** One view call; `null` when it reverts or the function does not exist. */
  async view(abi: Interface, to: string, name: string, args: unknown[], block: string): Promise<unknown[] | null> {
    const data = abi.encodeFunctionData(name, args)
    const [result] = await this.simulate([{ to, data }], block)
    if (result?.status !== '0x1' || result.returnData === '0x') return null
    return [...abi.decodeFunctionResult(name, result.returnData)] as unknown[]
  }

  /** Calls in order, each seeing the effects of the ones before, on top of `block`; nothing is kept. */
  async simulate(
    calls: { from?: string; to: string; data: string }[],
    block: string,
    stateOverrides: Record<string, unknown> = {},
  ): Promise<SimulatedCall[]> {
    const [simulated] = await this.rpc<{ calls: SimulatedCall[] }[]>('eth_simulateV1', [
      { blockStateCalls: [{ calls, stateOverrides }], validation: false },
      block,
    ])
    if (simulated?.calls.length !== calls.length) throw new Error('judge: the node simulated another number of calls')
    return simulated.calls
  }
}
