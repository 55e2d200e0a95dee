import type { Address } from '../domain/chain.js'
import { NATIVE } from '../ledger/booking.js'
import type { TokenName } from '../ledger/ledger.js'
import { amountText } from './screen.js'

/** Places behind the point; the rest is cut, `--json` has every digit. */
const PLACES = 6

/** Tokens by what people call them; where two share a symbol each carries the beginning of its address. */
export class Names {
  constructor(private readonly tokens: ReadonlyMap<Address, TokenName>) {}

  /** Unknown tokens by their address; the chain's own coin is `native` until its name is known. */
  symbol(token: Address): string {
    const name = this.tokens.get(token)?.symbol
    if (name === undefined || name === '') return token === NATIVE ? 'native' : token.slice(0, 8)
    const namesakes = [...this.tokens.values()].filter(({ symbol }) => symbol === name).length
    return namesakes > 1 ? `${name} ${token.slice(0, 6)}` : name
  }

  /** Whole units, or the raw integer of a token whose decimals nobody told. */
  amount(token: Address, raw: bigint): string {
    const decimals = token === NATIVE ? 18 : this.tokens.get(token)?.decimals
    return decimals === undefined ? `${raw} raw` : amountText(raw, decimals, Math.min(PLACES, decimals))
  }
}
