import { toAddress, type Address } from '../../../domain/chain.js'
import type { GebDevnet } from '../../../devnet/geb/devnet.js'

interface Log {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  readonly transactionHash: string
}

/** What the debt auction house's own events say of everybody. */
export interface AuctionFacts {
  readonly started: readonly { readonly id: bigint; readonly by: Address }[]
  readonly bids: readonly { readonly id: bigint; readonly by: Address; readonly lot: bigint }[]
  readonly settled: readonly {
    readonly id: bigint
    readonly winner: Address
    readonly bidRad: bigint
    readonly lot: bigint
  }[]
}

/** Reads the house's events since `fromBlock`, and who sent the transactions that started auctions. */
export async function auctionFacts({ geb, anvil }: GebDevnet, fromBlock: number): Promise<AuctionFacts> {
  const { address, abi } = geb.debtAuctionHouse
  const logs = (await anvil.rpc('eth_getLogs', [
    { address, fromBlock: `0x${fromBlock.toString(16)}`, toBlock: 'latest' },
  ])) as Log[]
  const started: { id: bigint; by: Address }[] = []
  const bids: { id: bigint; by: Address; lot: bigint }[] = []
  const settled: { id: bigint; winner: Address; bidRad: bigint; lot: bigint }[] = []
  for (const log of logs) {
    const event = abi.parseLog({ topics: [...log.topics], data: log.data })
    if (event === null) continue
    const id = event.args[0] as bigint
    if (event.name === 'StartAuction') {
      const { from } = (await anvil.rpc('eth_getTransactionByHash', [log.transactionHash])) as { from: string }
      started.push({ id, by: toAddress(from) })
    } else if (event.name === 'DecreaseSoldAmount')
      bids.push({ id, by: toAddress(event.args[1] as string), lot: event.args[4] as bigint })
    else if (event.name === 'SettleAuction') {
      const lot = bids.findLast((bid) => bid.id === id)?.lot ?? 0n
      settled.push({ id, winner: toAddress(event.args[2] as string), bidRad: event.args[3] as bigint, lot })
    }
  }
  return { started, bids, settled }
}

/** Rad that the accounting engine owes beyond its coins. */
export async function badDebtOf({ geb, ground }: GebDevnet): Promise<bigint> {
  const engine = geb.accountingEngine.address
  const [debt] = await ground.admin.read(geb.safeEngine, 'debtBalance', [engine])
  const [coins] = await ground.admin.read(geb.safeEngine, 'coinBalance', [engine])
  const left = (debt as bigint) - (coins as bigint)
  return left > 0n ? left : 0n
}
