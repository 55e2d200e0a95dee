import { encodeRun } from '../../../../src/auctions/agent.js'
import { planRound, type Round, type RoundInput } from '../../../../src/auctions/round.js'
import type { AgentCall, AuctionVenue, Snapshot } from '../../../../src/auctions/venue.js'
import { placeAgent } from '../../../../src/devnet/agent.js'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { contractAt, type Contract, type Receipt } from '../../../../src/devnet/deployer.js'
import type { LogLike, Movement } from '../../../../src/auctions/protocol.js'
import { toAddress, type Address, type Hex } from '../../../../src/domain/chain.js'
import { WAD } from '../../../../src/domain/maths.js'
import { makerAgentNeeds } from '../../../../strategies/maker/agent-needs.js'
import { makerFlopAuctions, type MakerFlopAuction } from '../../../../strategies/maker/flop-auctions.js'
import { RAD } from '../../../../strategies/maker/maths.js'
import { makerRefill } from '../../../../strategies/maker/refill.js'
import { COSTS, LIMITS, POLICY, fairOf, type Market as Pool } from '../../../auctions/support/lab.js'
import { address } from '../../../contracts/support/executor-bed.js'
import { startMakerBed, type MakerBed } from './maker-bed.js'
import { what } from './maker-contracts.js'

/** Who holds the coins that bad debt is the other side of. */
const SINK = address(0x51)
export const [SUMP, DUMP] = [1_000n * RAD, 10_000n * WAD]
/** The largest lot that a bid after one for `lot` may ask for. */
export const step = (lot: bigint): bigint => (lot * WAD) / ((105n * WAD) / 100n)
/** Twenty cents a token: a first lot is worth 1,904 coins. */
const POOL: Pool = { price: WAD / 5n, depth: 50_000_000n * WAD, sigmaDay: 0n }

/** Stand-ins of Maker with debt auctions switched on, the real agent with its operator, and a rival with coins in the Vat. */
export interface FlopBed extends MakerBed {
  readonly agent: Contract
  readonly operator: Address
  readonly rival: Address
  snapshot(t?: bigint): Promise<Snapshot<MakerFlopAuction>>
  auction(id: number): Promise<MakerFlopAuction>
  /** What the agent would do at `t` (now), by the decisions that all venues share. */
  round(t?: bigint, changes?: Partial<RoundInput> & { readonly pool?: Partial<Pool> }): Promise<Round>
  /** The round's calls in one run of the agent, its coins joined as far as they are needed. */
  runRound(round: Round): Promise<Receipt>
  run(calls: readonly AgentCall[]): Promise<Receipt>
  rivalBids(id: number, lot: bigint): Promise<Receipt>
  /** Debt of the Vow that nothing backs, free at once. */
  owe(rad: bigint): Promise<void>
  /** The next block has this timestamp. */
  at(t: bigint): Promise<void>
  now(): Promise<bigint>
  /** Coins in the wallet and in the Vat, standing bids, and tokens of the agent, as the chain has them. */
  held(): Promise<readonly bigint[]>
  /** The change of the same by the logs of a transaction. */
  moved(receipt: Receipt): readonly bigint[]
}

export async function startFlopBed(coins = 20_000n): Promise<FlopBed> {
  const bed = await startMakerBed()
  try {
    return await withFlops(bed, coins)
  } catch (error) {
    await bed.stop()
    throw error
  }
}

async function withFlops(bed: MakerBed, coins: bigint): Promise<FlopBed> {
  const { admin, vat, vow, flopper, gov, daiJoin, market, accounts } = bed
  const [, owner, operator, rival] = accounts
  if (owner === undefined || operator === undefined || rival === undefined) throw new Error('too few accounts')
  const coin = contractAt(ownContract('DevToken'), market.contracts['coin'] ?? '')
  const { collateral = '0x' } = market.contracts
  const agent = await placeAgent(admin, {
    ...{ owner, operators: [operator], router: address(0x60), native: toAddress(collateral) },
    ...{ needs: (at) => makerAgentNeeds(market, at), coins: [5_000n, 50_000n] as const },
    tokens: [200_000n, 400_000n] as const,
  })
  await admin.send(vow, 'file', [what('sump'), SUMP])
  await admin.send(vow, 'file', [what('dump'), DUMP])
  await admin.send(flopper, 'set', [vow.address, 1n, 1n])
  await admin.send(gov, 'allow', [flopper.address])
  await admin.send(coin, 'mint', [agent.address, coins * WAD])
  for (const holder of [daiJoin.address, rival]) await admin.send(vat, 'suck', [SINK, holder, 100_000n * RAD])
  await admin.send(vat, 'hope', [flopper.address], { from: rival })
  return flopBedOf(bed, { agent, operator, rival, coin })
}

interface Parts {
  readonly agent: Contract
  readonly operator: Address
  readonly rival: Address
  readonly coin: Contract
}

function flopBedOf(bed: MakerBed, { agent, operator, rival, coin }: Parts): FlopBed {
  const { admin, vat, vow, flopper, gov, market, reader, anvil } = bed
  const venue = makerFlopAuctions as AuctionVenue
  const auctions = makerFlopAuctions.open(market, agent.address)
  const now = async (): Promise<bigint> => (await bed.head()).timestamp
  const snapshot = async (t?: bigint): Promise<Snapshot<MakerFlopAuction>> => {
    const head = await bed.head()
    return auctions.at(reader, head, t ?? head.timestamp)
  }
  const word = async (to: Contract, method: string, args: readonly unknown[]): Promise<bigint> =>
    (await admin.read(to, method, args))[0] as bigint
  const run = async (calls: readonly AgentCall[]): Promise<Receipt> => {
    const data = encodeRun(2 ** 40, 2n ** 40n, calls)
    const sent = { from: operator, to: agent.address, data, gas: '0x1c9c380' }
    return (await anvil.rpc('eth_sendTransactionSync', [sent])) as Receipt
  }
  const capital = async () => makerRefill.capital(reader, market, agent.address, await bed.head())
  return {
    ...{ ...bed, agent, operator, rival, snapshot, run, now },
    async auction(id) {
      const found = (await snapshot()).auctions.find(({ ref }) => ref.id === String(id))
      if (found === undefined) throw new Error(`debt auction ${id} is not there`)
      return found
    },
    async round(t, { pool, ...changes } = {}) {
      const at = t ?? (await now())
      const held = await word(gov, 'balanceOf', [agent.address])
      const fair = (behind: bigint) => ({ ...fairOf({ ...POOL, ...pool }, behind), at })
      const { wallet, internal } = await capital()
      return planRound({
        ...{ now: at, us: agent.address, capital: { wallet, internal }, spendable: wallet + internal },
        ...{ costs: { ...COSTS, gasPrice: 0n }, limits: LIMITS, policy: POLICY },
        views: [{ venue, snapshot: await snapshot(at), held, fair }],
        ...{ kick: 'if-profitable', lent: false, maxGas: 20_000_000n, ...changes },
      })
    },
    async runRound({ actions, pay }) {
      const { internal } = await capital()
      const join = makerRefill.encodeJoin(market, agent.address, pay > internal ? pay - internal : 0n)
      const settles = actions.filter(({ kind }) => kind === 'settle').flatMap(({ calls }) => calls)
      return run([
        ...settles,
        ...join,
        ...actions.filter(({ kind }) => kind !== 'settle').flatMap(({ calls }) => calls),
      ])
    },
    rivalBids: (id, lot) => admin.send(flopper, 'dent', [id, lot, SUMP], { from: rival }),
    owe: async (rad) => void (await admin.send(vat, 'suck', [vow.address, SINK, rad])),
    at: (t) => anvil.rpc('evm_setNextBlockTimestamp', [Number(t)]).then(() => undefined),
    async held() {
      const { auctions: all } = await snapshot()
      const led = all.filter(({ leader }) => leader === agent.address)
      return [
        await word(coin, 'balanceOf', [agent.address]),
        await word(vat, 'dai', [agent.address]),
        led.reduce((sum, { bid }) => sum + bid, 0n),
        await word(gov, 'balanceOf', [agent.address]),
      ]
    },
    moved({ logs }) {
      const plain = logs.map((log): LogLike => ({
        address: toAddress(log.address),
        topics: log.topics as Hex[],
        data: log.data as Hex,
      }))
      const moved: readonly Movement[] = [...makerRefill.movements(market)(plain), ...transfersIn(plain)]
      const sum = (token: Address): bigint =>
        moved.reduce((total, one) => {
          if (one.token !== token) return total
          return total + (one.to === agent.address ? one.amount : 0n) - (one.from === agent.address ? one.amount : 0n)
        }, 0n)
      return [coin, vat, flopper, gov].map((one) => sum(one.address))
    },
  }
}

const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** What the books take from tokens themselves. */
const transfersIn = (logs: readonly LogLike[]): Movement[] =>
  logs
    .filter(({ topics }) => topics[0] === TRANSFER && topics.length === 3)
    .map(({ address: token, topics, data }) => ({
      ...{ token, amount: BigInt(data) },
      ...{ from: toAddress(`0x${topics[1]?.slice(26) ?? ''}`), to: toAddress(`0x${topics[2]?.slice(26) ?? ''}`) },
    }))
