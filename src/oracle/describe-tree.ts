import { formatUnits } from 'ethers'
import type { Address } from '../domain/chain.js'
import { childrenOf, isLeaf, leafIdOf, type LeafStates, type PriceNode } from './tree.js'
import { answerOf } from './twin.js'
import { TwinReverts } from './twins/checked.js'
import { discountAt } from './twins/principal-token.js'
import { maxRatio } from './twins/ratio-cap.js'

/** One contract of a price tree, for people. */
export interface TreeLine {
  /** Drawn branches, the role, what kind of contract it is and what it goes by. */
  readonly text: string
  /** Its answer, in its own decimals; a dash where it would revert. */
  readonly answer: string
  /** What emits or answers: the aggregator of a feed, else the contract itself. */
  readonly contract: Address
}

/** Where nothing says how many decimals a price has: what feeds in USD have. */
const USUAL_DECIMALS = 8

/** The tree from its root down, as it stands in a block of this timestamp. Pure. */
export function describeTree(tree: PriceNode, leaves: LeafStates, timestamp: bigint): TreeLine[] {
  const lines: TreeLine[] = []
  const walk = (node: PriceNode, role: string, decimals: number, first: string, rest: string): void => {
    const text = `${first}${role === '' ? '' : `${role}: `}${describe(node, leaves, timestamp)}`
    const contract = node.kind === 'rounds' || node.kind === 'dual' ? node.aggregator : node.source
    lines.push({ text, answer: answerText(node, decimals, leaves, timestamp), contract })
    const children = childrenOf(node)
    for (const [i, [name, child]] of children.entries()) {
      const last = i === children.length - 1
      const places = node.kind === 'ratio-cap' && name === 'ratio' ? Number(node.cap.ratioDecimals) : decimalsOf(child)
      walk(child, name, places, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`)
    }
  }
  walk(tree, '', decimalsOf(tree), '', '')
  return lines
}

function answerText(node: PriceNode, decimals: number, leaves: LeafStates, timestamp: bigint): string {
  try {
    return formatUnits(answerOf(node, leaves, timestamp), decimals)
  } catch (error) {
    if (error instanceof TwinReverts) return '–'
    throw error
  }
}

function decimalsOf(node: PriceNode): number {
  switch (node.kind) {
    case 'rounds':
    case 'dual':
      return node.decimals ?? USUAL_DECIMALS
    case 'base-to-peg':
    case 'peg-to-base':
      return Number(node.decimals)
    case 'ratio-cap':
      return decimalsOf(node.base)
    case 'stable-cap':
    case 'eur-cap':
    case 'principal-token':
      return decimalsOf(node.asset)
    case 'reading':
    case 'fixed':
      return USUAL_DECIMALS
  }
}

function describe(node: PriceNode, leaves: LeafStates, timestamp: bigint): string {
  switch (node.kind) {
    case 'rounds':
      return node.proxied ? 'rounds behind a proxy' : 'rounds'
    case 'dual': {
      const state = isLeaf(node) ? leaves.get(leafIdOf(node) ?? '') : undefined
      const cutoff = state?.kind === 'dual' ? `, cutoff ${state.cutoff} s` : ''
      return node.reader === 'secondary' ? `SVR, auctioned side${cutoff}` : 'SVR, public side'
    }
    case 'reading':
      return `${node.what}, read every block`
    case 'fixed':
      return 'fixed price'
    case 'ratio-cap':
      return `ratio cap, ${capText(node.cap, timestamp)}`
    case 'stable-cap':
      return `stable cap at ${formatUnits(node.cap, decimalsOf(node.asset))}`
    case 'eur-cap':
      return `currency cap at ${formatUnits(node.capRatio, node.ratioDecimals)} of the base`
    case 'base-to-peg':
      return 'asset / base'
    case 'peg-to-base':
      return 'asset × peg'
    case 'principal-token':
      return `principal token, ${discountText(node.discount, timestamp)}`
  }
}

function capText(cap: Parameters<typeof maxRatio>[0], timestamp: bigint): string {
  if (timestamp < cap.snapshotTimestamp) return 'before its snapshot'
  return `at most ${short(formatUnits(maxRatio(cap, timestamp), cap.ratioDecimals), 6)}`
}

function discountText(discount: Parameters<typeof discountAt>[0], timestamp: bigint): string {
  if (timestamp >= discount.maturity) return 'matured'
  const percent = short(formatUnits(discountAt(discount, timestamp) * 100n, 18), 3)
  const day =
    Number(discount.maturity) < 4e9 ? new Date(Number(discount.maturity) * 1000).toISOString().slice(0, 10) : 'late'
  return `${percent} % off until ${day}`
}

/** Cut, not rounded, to so many decimals. */
const short = (text: string, decimals: number): string => {
  const [whole = '', fraction = ''] = text.split('.')
  return fraction === '' ? whole : `${whole}.${fraction.slice(0, decimals)}`
}
