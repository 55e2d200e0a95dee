import type { AgentToken } from '../../src/auctions/agent-needs.js'
import { walletPot } from '../../src/auctions/agent-needs.js'
import { wantedAgent } from '../../src/auctions/wanted-agent.js'
import { describeAgent, limitsOf } from '../../src/cli/agent-plan.js'
import type { Address } from '../../src/domain/chain.js'

const at = (byte: string): Address => `0x${byte.repeat(20)}`
const token = (byte: string, symbol: string, decimals: number, role: AgentToken['role'], scale = 1n): AgentToken => ({
  ...{ token: at(byte), symbol, decimals, role, pots: [walletPot(at(byte), at('aa'), scale)] },
})

test('the plan tells each limit in whole tokens, by the decimals of each', () => {
  const tokens = [token('01', 'USDX', 6, 'paid', 10n ** 27n), token('02', 'WON', 8, 'won')]
  const needs = { functions: [], rights: [], approvals: [], tokens }
  const options = { coinsPerRun: '20.5', coinsPerDay: '100', tokensPerRun: '3', tokensPerDay: '4.25', floor: '0.001' }
  const frame = { agent: at('aa'), operators: [at('0b')], wrappedNative: at('0e') }
  const wanted = wantedAgent([{ needs, router: at('0c') }], (one) => limitsOf(one, options), frame)
  expect(wanted.holdings.map(({ limits }) => limits?.perRun)).toEqual([0n, 20_500_000n * 10n ** 27n, 300_000_000n])
  expect(describeAgent(at('0d'), wanted).filter((line) => line.startsWith('limits'))).toEqual([
    'limits        wrapped native token: none leaves',
    'limits        USDX: 20.5 per run, 100.0 per day',
    'limits        WON: 3.0 per run, 4.25 per day, for at least 0.001 native tokens each',
  ])
})

test('a token that one market pays with and another only keeps may leave, in whatever order they stand', () => {
  const frame = { agent: at('aa'), operators: [at('0b')], wrappedNative: at('0e') }
  const needs = (role: AgentToken['role'], scale: bigint) => ({
    ...{ router: at('0c') },
    needs: { functions: [], rights: [], approvals: [], tokens: [token('01', 'USDX', 6, role, scale)] },
  })
  const limits = { perRun: 5n, perDay: 6n, floorRate: 0n }
  for (const markets of [
    [needs('paid', 1n), needs('kept', 1n)],
    [needs('kept', 1n), needs('paid', 1n)],
  ]) {
    const { holdings } = wantedAgent(markets, ({ role }) => (role === 'paid' ? limits : null), frame)
    expect(holdings.map((one) => one.limits)).toEqual([{ perRun: 0n, perDay: 0n, floorRate: 0n }, limits])
    expect(holdings[1]?.pots).toHaveLength(1)
  }
})
