import { keccak256, toBeHex } from 'ethers'
import type { Address, Hex } from '../domain/chain.js'
import { addressWord, inMapping, inSelectorMapping, slotWord as word } from '../domain/storage-slots.js'
import type { AgentFunction } from './agent-needs.js'
import { ruleOf, type WantedAgent, type WantedHolding } from './agent-setup.js'

/** Storage layout of contracts/AgentPolicy.sol, above it Ownable2Step; a test compares it with an agent that was set up. */
const SLOT = { owner: 0n, rule: 2n, isOperator: 3n, holdings: 4n }
const HOLDING_SLOTS = 5n
const POT_SLOTS = 3n

const dataOf = (slot: bigint): bigint => BigInt(keccak256(word(slot)))

/** The storage of an agent that has everything of `wanted`; limits that are null are zero. Pure. */
export function agentState(owner: Address, wanted: WantedAgent): Record<Hex, Hex> {
  const state: Record<Hex, Hex> = { [word(SLOT.owner)]: addressWord(owner) }
  for (const operator of wanted.operators) state[inMapping(operator, word(SLOT.isOperator))] = word(1n)
  for (const one of wanted.functions) {
    const ofTarget = inMapping(one.target, word(SLOT.rule))
    state[inSelectorMapping(one.selector, ofTarget)] = word(packedRule(one))
  }
  state[word(SLOT.holdings)] = word(BigInt(wanted.holdings.length))
  for (const [id, holding] of wanted.holdings.entries())
    Object.assign(state, holdingState(dataOf(SLOT.holdings) + BigInt(id) * HOLDING_SLOTS, holding))
  return state
}

/** A rule in its one slot: five values of a byte each, then the arguments that must be the agent. */
const packedRule = (one: AgentFunction): bigint =>
  ruleOf(one).reduce<bigint>((sum, value, i) => sum | (BigInt(value) << (8n * BigInt(i))), 0n)

/** The floor, where there is one, asks for the first holding. */
function holdingState(at: bigint, { pots, limits }: WantedHolding): Record<Hex, Hex> {
  const { perRun = 0n, perDay = 0n, floorRate = 0n } = limits ?? {}
  const figures = [BigInt(pots.length), perRun, perDay, 0n, floorRate]
  const state = Object.fromEntries(figures.map((figure, i) => [word(at + BigInt(i)), word(figure)]))
  for (const [i, { target, query, scale }] of pots.entries()) {
    const pot = dataOf(at) + BigInt(i) * POT_SLOTS
    state[word(pot)] = addressWord(target)
    Object.assign(state, bytesState(pot + 1n, query))
    state[word(pot + 2n)] = word(scale)
  }
  return state
}

/** `bytes` in storage: up to 31 within the slot, longer ones behind its hash. */
function bytesState(slot: bigint, bytes: Hex): Record<Hex, Hex> {
  const digits = bytes.slice(2)
  const length = digits.length / 2
  if (length < 32) return { [word(slot)]: `0x${digits.padEnd(62, '0')}${toBeHex(length * 2, 1).slice(2)}` }
  const parts = digits.match(/.{1,64}/g) ?? []
  const data = parts.map((part, i) => [word(dataOf(slot) + BigInt(i)), `0x${part.padEnd(64, '0')}`] as const)
  return { [word(slot)]: word(BigInt(length * 2 + 1)), ...Object.fromEntries(data) }
}
