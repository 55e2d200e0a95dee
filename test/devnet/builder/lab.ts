import { HDNodeWallet, id, Wallet } from 'ethers'
import { startAnvil, type Anvil } from '../../../src/devnet/anvil.js'
import { startBuilder, type Builder, type BuilderOptions } from '../../../src/devnet/builder/builder.js'
import { startProxy, type Proxy } from '../../../src/devnet/proxy/proxy.js'
import { rpcOver, type Rpc } from '../../../src/devnet/rpc.js'

/** Pays its call value to the coinbase; with calldata it reverts with that calldata. */
export const PAYER = '0x00000000000000000000000000000000000000a1'
/** A word as calldata becomes its price; without, whoever calls first while the price is 1 takes it and pays the coinbase. */
export const MARKET = '0x00000000000000000000000000000000000000a2'
/** Pays half of its balance to the coinbase. */
export const POT = '0x00000000000000000000000000000000000000a3'
const CODE = {
  [PAYER]: '0x36600f575f5f5f5f34415af15000005b365f5f37365ffd',
  [MARKET]: '0x36601d575f54600114600f575f5ffd5b5f5f555f5f5f5f34415af150005b5f355f5500',
  [POT]: '0x5f5f5f5f60024704415af15000',
}
export const PRICE_ONE = `0x${'1'.padStart(64, '0')}`
export const GWEI = 10n ** 9n
export const CHAIN_ID = 31_337

const MNEMONIC = 'test test test test test test test test test test test junk'
export const accounts = Array.from({ length: 8 }, (_, i) =>
  HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`),
)

export interface TransactionWish {
  readonly nonce?: number
  readonly to?: string | null
  readonly value?: bigint
  readonly data?: string
  readonly gasLimit?: bigint
  readonly maxFeePerGas?: bigint
  readonly tip?: bigint
  readonly chainId?: number
}

export interface Lab {
  readonly anvil: Anvil
  readonly proxy: Proxy
  readonly builder: Builder
  /** Through the proxy. */
  readonly rpc: Rpc
  /** Signed by the account of that index; nonce defaults to the chain's. */
  sign(account: number, wish?: TransactionWish): Promise<string>
  send(relay: string, raw: readonly string[], fields?: Record<string, unknown>): Promise<Answer>
  head(): Promise<number>
  stop(): Promise<void>
}

export async function startLab(builderOptions: Partial<BuilderOptions> = {}): Promise<Lab> {
  const anvil = await startAnvil({ autoMine: false })
  for (const [address, code] of Object.entries(CODE)) await anvil.rpc('anvil_setCode', [address, code])
  await anvil.rpc('anvil_setBalance', [POT, '0xde0b6b3a7640000'])
  await anvil.rpc('evm_mine', [])
  const proxy = await startProxy({ anvil })
  const relays = [{ name: 'flashbots', personality: 'flashbots' as const }]
  const builder = await startBuilder({ anvil, pool: proxy.pool, relays, manual: true, ...builderOptions })
  const rpc = rpcOver(proxy.rpcUrl)
  const head = async (): Promise<number> => Number(await rpc('eth_blockNumber', []))
  return {
    anvil,
    proxy,
    builder,
    rpc,
    head,
    async sign(account, wish = {}) {
      const wallet = accountOf(account)
      return wallet.signTransaction({
        type: 2,
        chainId: wish.chainId ?? CHAIN_ID,
        nonce: wish.nonce ?? Number(await rpc('eth_getTransactionCount', [wallet.address, 'latest'])),
        to: wish.to === undefined ? PAYER : wish.to,
        value: wish.value ?? 0n,
        data: wish.data ?? '0x',
        gasLimit: wish.gasLimit ?? 200_000n,
        maxFeePerGas: wish.maxFeePerGas ?? 100n * GWEI,
        maxPriorityFeePerGas: wish.tip ?? GWEI,
      })
    },
    async send(relay, txs, fields = {}) {
      const blockNumber = `0x${((await head()) + 1).toString(16)}`
      return relayCall(builder.relayUrl(relay), 'eth_sendBundle', [{ txs, blockNumber, ...fields }])
    },
    async stop() {
      await builder.stop()
      await proxy.stop()
      await anvil.stop()
    },
  }
}

export function accountOf(index: number): HDNodeWallet {
  const wallet = accounts[index]
  if (!wallet) throw new RangeError(`no account ${index}`)
  return wallet
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

export const authKey = new Wallet(`0x${'11'.repeat(32)}`)

/** One signed request to a relay; `headers` and `body` replace what a well-behaved client sends. */
export async function relayCall(
  url: string,
  method: string,
  params: unknown,
  change: { headers?: Record<string, string>; body?: string; signal?: AbortSignal; verb?: string } = {},
): Promise<Answer> {
  const body = change.body ?? JSON.stringify({ method, params, id: 1, jsonrpc: '2.0' })
  const signature = `${authKey.address}:${await authKey.signMessage(id(body))}`
  const headers = { 'content-type': 'application/json', 'x-flashbots-signature': signature, ...change.headers }
  const verb = change.verb ?? 'POST'
  const response = await fetch(url, {
    method: verb,
    headers,
    redirect: 'manual',
    ...(verb === 'POST' ? { body } : {}),
    ...(change.signal ? { signal: change.signal } : {}),
  })
  const text = await response.text()
  return { status: response.status, text, ...parsed(text) }
}

function parsed(text: string): Partial<Answer> {
  try {
    return JSON.parse(text) as Partial<Answer>
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
