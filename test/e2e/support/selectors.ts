import { Interface } from 'ethers'

const MULTICALL = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[]) payable returns ((bool, bytes)[])',
])

interface Call {
  readonly data?: unknown
  readonly input?: unknown
  readonly calls?: unknown
}

/** The selector of a call and of every call inside it, however deep multicalls lie in one another. */
function inside(data: string): string[] {
  const selector = data.slice(0, 10)
  if (selector !== MULTICALL.getFunction('aggregate3')?.selector) return [selector]
  const [calls] = MULTICALL.decodeFunctionData('aggregate3', data) as unknown as [{ callData: string }[]]
  return [selector, ...calls.flatMap(({ callData }) => inside(callData))]
}

/** Selectors of all contract calls that a JSON-RPC request asks for: `eth_call`, `eth_simulateV1` and their like. */
export function selectorsOf(params: unknown): string[] {
  if (Array.isArray(params)) return params.flatMap(selectorsOf)
  if (typeof params !== 'object' || params === null) return []
  const { data, input } = params as Call
  const own = [data, input].filter((text): text is string => typeof text === 'string' && text.length >= 10)
  const deeper = Object.values(params).filter((value) => typeof value === 'object')
  return [...own.flatMap(inside), ...deeper.flatMap(selectorsOf)]
}
