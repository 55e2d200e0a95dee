import type { ScanRow } from '../../../src/cli/scan.js'
import type { AaveMarket } from '../../../src/devnet/aave/market.js'
import { interfaceOf } from '../../../src/devnet/deployer.js'
import { MULTICALL } from '../../../src/devnet/multicall.js'
import { toAddress, type Address } from '../../../src/domain/chain.js'
import type { Station } from './station.js'

/** Health factor, collateral and debt, as `scan --json` prints them. */
type Figures = readonly [healthFactor: string, collateralBase: string, debtBase: string]

export interface Comparison {
  readonly market: string
  readonly block: number
  /** Rows that were compared. */
  readonly compared: number
  /** One line for each borrower who is missing, too many or different. */
  readonly differences: readonly string[]
}

/** `keeper scan --json --all` as a process of its own. */
export async function scanAll(station: Station): Promise<ScanRow[]> {
  const { code, out, note } = await station.command(['scan', '--json', '--all'])
  if (code !== 0) throw new Error(`keeper scan ended with ${String(code)}: ${note}`)
  const lines = out.trim().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ScanRow)
}

/** The rows beside what the contracts say at the rows' block, for every borrower of every market. */
export async function compare(station: Station, rows: readonly ScanRow[]): Promise<Comparison[]> {
  const block = rows[0]?.block
  if (block === undefined) throw new Error('the scan has no rows')
  const comparisons: Comparison[] = []
  for (const market of station.devnet.markets) {
    const own = rows.filter((row) => row.market === market.id)
    const known = await borrowersOf(station, market, block)
    const chain = await figuresOf(station, market, [...known], block)
    comparisons.push({ market: market.id, block, compared: own.length, differences: differences(own, chain, block) })
  }
  return comparisons
}

function differences(rows: readonly ScanRow[], chain: ReadonlyMap<Address, Figures>, block: number): string[] {
  const found: string[] = []
  const reported = new Map(rows.map((row) => [toAddress(row.position), row]))
  if (reported.size !== rows.length) found.push(`${rows.length - reported.size} rows are there twice`)
  for (const row of rows) {
    if (row.block !== block) found.push(`${row.position}: of block ${row.block}, others of ${block}`)
    if (!chain.has(toAddress(row.position))) found.push(`${row.position}: never borrowed, but is reported`)
  }
  for (const [borrower, figures] of chain) {
    const row = reported.get(borrower)
    const told: Figures | null = row ? [row.healthFactor, row.collateralBase, row.debtBase] : null
    if (told === null && figures[2] !== '0') found.push(`${borrower}: owes ${figures[2]}, but is not reported`)
    if (told !== null && told.join() !== figures.join())
      found.push(`${borrower}: reported ${told.join(' ')}, chain ${figures.join(' ')}`)
  }
  return found
}

/** Everybody who ever borrowed, by the pool's own events. */
async function borrowersOf(station: Station, { pool }: AaveMarket, block: number): Promise<Set<Address>> {
  const filter = {
    address: pool.address,
    topics: [pool.abi.getEvent('Borrow')?.topicHash],
    fromBlock: '0x0',
    toBlock: hex(block),
  }
  const logs = (await station.devnet.anvil.rpc('eth_getLogs', [filter])) as { topics: string[] }[]
  return new Set(logs.map(({ topics }) => toAddress(`0x${(topics[2] ?? '').slice(26)}`)))
}

/** In one request: a multicall of more would need more gas than a call is given. */
const PER_CALL = 40

async function figuresOf(
  station: Station,
  { pool }: AaveMarket,
  borrowers: readonly Address[],
  block: number,
): Promise<Map<Address, Figures>> {
  const figures = new Map<Address, Figures>()
  for (let i = 0; i < borrowers.length; i += PER_CALL) {
    const some = borrowers.slice(i, i + PER_CALL)
    const calls = some.map((who) => [pool.address, false, pool.abi.encodeFunctionData('getUserAccountData', [who])])
    const request = { to: MULTICALL, data: AGGREGATE.encodeFunctionData('aggregate3', [calls]) }
    const answer = (await station.devnet.anvil.rpc('eth_call', [request, hex(block)])) as string
    const [results] = AGGREGATE.decodeFunctionResult('aggregate3', answer) as unknown as [[boolean, string][]]
    results.forEach(([, data], j) => {
      const account = pool.abi.decodeFunctionResult('getUserAccountData', data)
      const who = some[j]
      if (who) figures.set(who, [String(account[5]), String(account[0]), String(account[1])])
    })
  }
  return figures
}

const CALL3 = [
  { name: 'target', type: 'address' },
  { name: 'allowFailure', type: 'bool' },
  { name: 'callData', type: 'bytes' },
]
const AGGREGATE = interfaceOf({
  abi: [
    {
      ...{ type: 'function', name: 'aggregate3', stateMutability: 'payable' },
      inputs: [{ name: 'calls', type: 'tuple[]', components: CALL3 }],
      outputs: [
        {
          ...{ name: 'results', type: 'tuple[]' },
          components: [
            { name: 'success', type: 'bool' },
            { name: 'returnData', type: 'bytes' },
          ],
        },
      ],
    },
  ],
})

const hex = (n: number): string => `0x${n.toString(16)}`
