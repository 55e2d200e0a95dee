import type { Address } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Token } from '../../domain/market.js'
import type { Logger } from '../../domain/ports.js'
import type { LiquidationStrategy, MarketState } from '../../domain/strategy.js'
import { NATIVE } from '../../ledger/booking.js'
import type { Ledger } from '../../ledger/ledger.js'

interface Source {
  readonly strategy: Pick<LiquidationStrategy, 'reserves'>
  readonly replica: { readonly state: MarketState }
}

/** The chain's own coin by the name of its wrapped form: every chain calls that one `W` and the coin's symbol. */
export const nativeSymbolOf = (wrapped: string): string => (/^W[A-Z]/.test(wrapped) ? wrapped.slice(1) : wrapped)

/** Tells the ledger what people call the tokens of the markets, each once. */
export class TokenNames {
  private readonly told = new Set<string>()

  constructor(
    private readonly ledger: Pick<Ledger, 'named'>,
    private readonly wrappedNative: Address,
    private readonly logger: Logger,
  ) {}

  /** At start and whenever reserves may have changed. Never throws: a name is not worth a block. */
  learn({ strategy, replica }: Source): void {
    try {
      const tokens = strategy.reserves(replica.state).flatMap(({ token }) => this.withNative(token))
      const news = tokens.filter((token) => !this.told.has(keyOf(token)))
      if (news.length === 0) return
      this.ledger.named(news)
      for (const token of news) this.told.add(keyOf(token))
    } catch (error) {
      this.logger.warn('token-names', { problem: messageOf(error) })
    }
  }

  private withNative(token: Token): Token[] {
    if (token.address !== this.wrappedNative) return [token]
    return [token, { address: NATIVE, symbol: nativeSymbolOf(token.symbol), decimals: 18 }]
  }
}

const keyOf = ({ address, symbol, decimals }: Token): string => `${address} ${decimals} ${symbol}`
