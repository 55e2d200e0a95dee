import type { BlockRef, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { RpcError, isUnknownBlock } from './rpc-error.js'
import { hex } from './wire.js'

/** A block as a parameter of a read: by number, or by hash as EIP-1898 has it. */
export type BlockParameter = Hex | { readonly blockHash: Hex; readonly requireCanonical: true }

/** What was learned of the endpoints and holds for every reader of them. */
export interface ByHash {
  /** False once an endpoint refused EIP-1898. */
  supported: boolean
}

/**
 * Reads at `pin` by its hash, so that a reorg between two of our steps gives an error and never the other fork's answer.
 * Where endpoints do not know EIP-1898 it reads by number and compares the block of that height afterwards. Throws what
 * `ask` throws, and `KeeperError('reorg')` when the height has another block by then.
 */
export async function askAt<T>(
  pin: BlockRef,
  known: ByHash,
  ask: (block: BlockParameter) => Promise<T>,
  hashAt: (number: number) => Promise<Hex | null>,
): Promise<T> {
  if (known.supported) {
    try {
      return await ask({ blockHash: pin.hash, requireCanonical: true })
    } catch (error) {
      if (!isNoByHash(error)) throw error
      known.supported = false
    }
  }
  const answer = await ask(hex(pin.number))
  if ((await hashAt(pin.number)) === pin.hash) return answer
  throw new KeeperError('reorg', `block ${pin.number} was reorged while it was read`)
}

/** Nodes that expect text where the object stands say "invalid params" or that they cannot decode it. */
const isNoByHash = (error: unknown): boolean =>
  error instanceof RpcError &&
  error.revert === null &&
  !isUnknownBlock(error) &&
  (error.rpcCode === -32602 || /invalid (argument|param|type)|unmarshal|EIP-?1898|blockHash/i.test(error.rpcMessage))
