import { concat, keccak256, toBeHex } from 'ethers'
import type { AssumingReader, CallRequest, Hex, StateOverride } from '../domain/chain.js'

/** Slots of a contract's own mappings that are tried, and those of a library that keeps its storage under a name of its own. */
const PLAIN = 64
/** ERC-7201 `openzeppelin.storage.ERC20`: balances, then allowances. */
const NAMED = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebba71ba5a5ea2ed68d6ac00n
const PLACES = [...Array.from({ length: PLAIN }, (_, i) => BigInt(i)), NAMED, NAMED + 1n]
/** No balance looks like this by chance, and none of our markers has a bit that a packed flag would take. */
const MARK = 0x5eed_0000_0000n

/**
 * The slot from which each view answers, found by asking: every place where a mapping with the call's arguments as keys may
 * lie is given a number of its own for the length of one batch, and the answer says which it was. Null where the answer is
 * none of them (computed, packed or kept elsewhere). Throws as `calls` does.
 */
export async function findSlots(
  reader: AssumingReader,
  views: readonly CallRequest[],
  block: number,
): Promise<(Hex | null)[]> {
  const state: Record<Hex, Record<Hex, Hex>> = {}
  const marks = views.map((view, v) => {
    const slots = candidates(view)
    const diff = (state[view.to] ??= {})
    for (const [i, slot] of slots.entries()) diff[slot] = toBeHex(markOf(v, i), 32) as Hex
    return slots
  })
  const assumed: StateOverride = Object.fromEntries(Object.entries(state).map(([to, stateDiff]) => [to, { stateDiff }]))
  const answers = await reader.assuming(assumed).calls(views, block)
  return views.map((_, v) => {
    const answer = answers[v]
    if (answer?.ok !== true || answer.data.length !== 66) return null
    const value = BigInt(answer.data)
    return marks[v]?.find((_slot, i) => markOf(v, i) === value) ?? null
  })
}

const markOf = (view: number, candidate: number): bigint => MARK + BigInt(view * 1_000 + candidate)

/** Where `mapping[argument]` or `mapping[first][second]` may lie: keys before the place (Solidity), and behind it (Vyper). */
function candidates({ data }: CallRequest): Hex[] {
  const keys = (data.slice(10).match(/.{64}/g) ?? []).map((key) => `0x${key}`)
  const solidity = (place: Hex): Hex => keys.reduce<Hex>((at, key) => keccak256(concat([key, at])) as Hex, place)
  const vyper = (place: Hex): Hex => keys.reduce<Hex>((at, key) => keccak256(concat([at, key])) as Hex, place)
  if (keys.length === 0 || keys.length > 2) return []
  const places = PLACES.map((place) => toBeHex(place, 32) as Hex)
  return [...places.map(solidity), ...places.map(vyper)]
}
