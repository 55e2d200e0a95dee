import type { Interface } from 'ethers'
import { walletPot, type AgentFunction, type AgentNeeds, type AgentRight } from '../../src/auctions/agent-needs.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { RAY } from '../../src/domain/maths.js'
import {
  ACCOUNTING_ENGINE,
  COLLATERAL_HOUSE,
  DEBT_HOUSE,
  JOIN,
  LIQUIDATION_ENGINE,
  ORACLES,
  SAFE_ENGINE,
  callOf,
} from './calls.js'
import { contractOf, type GebContract } from './contracts.js'

/** The first argument says who receives. */
const FIRST = 1n

const FUNCTIONS: readonly (readonly [GebContract, Interface, string, bigint])[] = [
  ['debtAuctionHouse', DEBT_HOUSE, 'decreaseSoldAmount', 0n],
  ['debtAuctionHouse', DEBT_HOUSE, 'settleAuction', 0n],
  ['debtAuctionHouse', DEBT_HOUSE, 'restartAuction', 0n],
  ['debtAuctionHouse', DEBT_HOUSE, 'terminateAuctionPrematurely', 0n],
  ['accountingEngine', ACCOUNTING_ENGINE, 'popDebtFromQueue', 0n],
  ['accountingEngine', ACCOUNTING_ENGINE, 'auctionDebt', 0n],
  ['coinJoin', JOIN, 'join', FIRST],
  ['collateralJoin', JOIN, 'exit', FIRST],
  ['collateralAuctionHouse', COLLATERAL_HOUSE, 'buyCollateral', 0n],
  ['liquidationEngine', LIQUIDATION_ENGINE, 'liquidateSAFE', 0n],
  ['oracleRelayer', ORACLES, 'updateCollateralPrice', 0n],
  ['delayedOracle', ORACLES, 'updateResult', 0n],
]

/** What an agent needs for bidding and for buying collateral: coins in the wallet and in the engine are one holding. */
export function gebAgentNeeds(market: Market, agent: Address): AgentNeeds {
  const [engine, coin, won] = (['safeEngine', 'coin', 'protocolToken'] as const).map((name) => contractOf(market, name))
  const at = (address: Address | undefined): Address => address ?? '0x'
  const inside = callOf(SAFE_ENGINE, at(engine), 'coinBalance', [agent])
  return {
    functions: FUNCTIONS.map(([contract, abi, name, selfArguments]): AgentFunction => ({
      ...{ name: `${contract}.${name}`, target: contractOf(market, contract), selfArguments },
      selector: abi.getFunction(name)?.selector as Hex,
    })),
    tokens: [
      {
        ...{ token: at(coin), symbol: 'coin', decimals: 18, role: 'paid' },
        pots: [walletPot(at(coin), agent, RAY), { target: inside.to, query: inside.data, scale: 1n }],
      },
      {
        ...{ token: at(won), symbol: 'protocol token', decimals: 18, role: 'won' },
        pots: [walletPot(at(won), agent, 1n)],
      },
    ],
    rights: (['debtAuctionHouse', 'collateralAuctionHouse', 'coinJoin'] as const).map((name): AgentRight => {
      const house = contractOf(market, name)
      return {
        name: `${name} may take internal coins`,
        call: callOf(SAFE_ENGINE, at(engine), 'approveSAFEModification', [house]),
        standing: callOf(SAFE_ENGINE, at(engine), 'safeRights', [agent, house]),
      }
    }),
    approvals: [{ token: at(coin), symbol: 'coin', spender: contractOf(market, 'coinJoin') }],
  }
}
