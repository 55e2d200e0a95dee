import { isLeaf, leafIdOf, type Leaf, type LeafStates, type PriceNode } from './tree.js'
import { eurCapPrice, stableCapPrice } from './twins/caps.js'
import { TwinReverts } from './twins/checked.js'
import { dualAnswer } from './twins/dual.js'
import { principalTokenPrice } from './twins/principal-token.js'
import { ratioCapPrice } from './twins/ratio-cap.js'
import { baseToPegPrice, pegToBasePrice } from './twins/synchronicity.js'

/**
 * What the tree's contract answers from `latestAnswer()` at a block of this timestamp while the leaves stand as given: to
 * the unit, negative answers included. Throws `TwinReverts` where the contract reverts, or a leaf is not known. Pure.
 */
export function answerOf(node: PriceNode, leaves: LeafStates, timestamp: bigint): bigint {
  if (isLeaf(node)) return leafAnswer(node, leaves, timestamp)
  const of = (child: PriceNode): bigint => answerOf(child, leaves, timestamp)
  switch (node.kind) {
    case 'ratio-cap':
      return ratioCapPrice(node.cap, of(node.base), of(node.ratio), timestamp)
    case 'stable-cap':
      return stableCapPrice(node.cap, of(node.asset), node.zeroBelow)
    case 'eur-cap':
      return eurCapPrice(node.capRatio, node.ratioDecimals, { asset: of(node.asset), base: of(node.base) })
    case 'base-to-peg':
      return baseToPegPrice(node.decimals, of(node.asset), of(node.base))
    case 'peg-to-base':
      return pegToBasePrice(node, of(node.asset), of(node.peg))
    case 'principal-token':
      return principalTokenPrice(node.discount, of(node.asset), timestamp)
  }
}

function leafAnswer(leaf: Leaf, leaves: LeafStates, timestamp: bigint): bigint {
  if (leaf.kind === 'fixed') return leaf.price
  const id = leafIdOf(leaf)
  const state = id === null ? undefined : leaves.get(id)
  if (leaf.kind === 'rounds' && state?.kind === 'rounds') return state.answer
  if (leaf.kind === 'dual' && state?.kind === 'dual') return dualAnswer(state, leaf.reader, timestamp)
  if (leaf.kind === 'reading' && state?.kind === 'reading' && state.value !== null) return state.value
  throw new TwinReverts(`nothing is known of ${leaf.source}`)
}

/** The price a protocol takes from the answer; 0 when it is not positive, not known or a revert: then it must be asked. */
export function priceOf(tree: PriceNode, leaves: LeafStates, timestamp: bigint): bigint {
  try {
    const answer = answerOf(tree, leaves, timestamp)
    return answer > 0n ? answer : 0n
  } catch (error) {
    if (error instanceof TwinReverts) return 0n
    throw error
  }
}
