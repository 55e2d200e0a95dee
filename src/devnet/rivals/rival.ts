import { Wallet } from 'ethers'
import { toAddress, type Address, type Hex } from '../../domain/chain.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import { rpcOver } from '../rpc.js'
import type { RivalBrief, RivalLine } from './brief.js'
import type { RivalReport } from './ears.js'
import { orderFor } from './order.js'
import { Sender } from './sender.js'
import { isBelow, View, type Prey } from './view.js'

/** Health factors above this are looked at in every fourth block only. */
const NEAR = (10n ** 18n * 14n) / 10n
const EVERY = 4
/** Blocks for which a report that has not landed is tried again. */
const REPORT_BLOCKS = 3
const SECONDS = 2n

interface Head {
  readonly number: number
  readonly tag: Hex
  readonly time: bigint
  readonly baseFee: bigint
}

/** A liquidation bot of the usual kind: asks the contracts at every block and at every report, and tries again. */
export class Rival {
  private readonly rpc
  private readonly sender: Sender
  private readonly wallets: readonly Wallet[]
  private head: Head | null = null
  private near: readonly Address[]
  private free: { readonly wallet: Wallet; readonly nonce: number }[] = []
  private open: { readonly report: RivalReport; readonly block: number }[] = []
  /** Positions for which this head's bundle is out, by what they follow. */
  private sent = new Set<string>()
  private turn: Promise<void> = Promise.resolve()
  private waiting = 0

  constructor(
    private readonly brief: RivalBrief,
    private readonly says: (line: RivalLine) => void,
  ) {
    this.rpc = rpcOver(brief.rpcUrl)
    this.sender = new Sender(brief)
    this.wallets = brief.keys.map((key) => new Wallet(key))
    this.near = brief.borrowers
  }

  onHead(number: number): void {
    this.inTurn(async () => {
      await this.begin(number)
      // what follows a report first: it is there for one block only
      for (const { report } of this.open) await this.hunt(report)
      await this.hunt(null)
    })
  }

  onReport(report: RivalReport): void {
    this.inTurn(async () => {
      if (this.head === null || this.open.some((one) => one.report.hash === report.hash)) return
      this.open.push({ report, block: this.head.number })
      await this.hunt(report)
    })
  }

  private inTurn(work: () => Promise<void>): void {
    this.waiting++
    this.turn = this.turn
      .then(work)
      .catch((error: unknown) => {
        process.stderr.write(`${this.brief.name}: ${error instanceof Error ? error.message : String(error)}\n`)
      })
      .then(() => {
        this.says({ head: this.head?.number ?? 0, waiting: --this.waiting })
      })
  }

  private async begin(number: number): Promise<void> {
    const tag: Hex = `0x${number.toString(16)}`
    const block = (await this.rpc('eth_getBlockByNumber', [tag, false])) as Record<string, Hex>
    const nonces = await this.rpc.batch(
      this.wallets.map(({ address }) => ['eth_getTransactionCount', [address, 'latest']] as const),
    )
    const baseFee = nextBaseFee({
      baseFeePerGas: BigInt(block['baseFeePerGas'] ?? 0),
      gasUsed: BigInt(block['gasUsed'] ?? 0),
      gasLimit: BigInt(block['gasLimit'] ?? 0),
    })
    this.head = { number, tag, time: BigInt(block['timestamp'] ?? 0), baseFee }
    this.free = this.wallets.map((wallet, i) => ({ wallet, nonce: Number(nonces[i]) }))
    this.sent = new Set()
    this.open = this.open.filter((one) => number < one.block + REPORT_BLOCKS)
  }

  private async hunt(report: RivalReport | null): Promise<void> {
    const { head } = this
    if (head === null || this.free.length === 0) return
    const time: Hex = `0x${(head.time + SECONDS).toString(16)}`
    const view = new View(this.rpc, this.brief, { number: head.tag, time }, report)
    const whole = report !== null || head.number % EVERY === 0
    const factors = await view.healthFactors(whole ? this.brief.borrowers : this.near)
    if (factors === null) {
      this.open = this.open.filter((one) => one.report !== report)
      return
    }
    if (whole && report === null) this.near = [...factors].filter(([, hf]) => hf < NEAR).map(([user]) => user)
    const below = [...factors].filter(([user, hf]) => isBelow(hf) && !this.sent.has(user))
    if (below.length === 0) return
    const raw = report !== null && !report.hidden ? await this.rawOf(report) : null
    const prey = (await view.prey(below)).sort(ORDERS[this.brief.first])
    for (const one of prey) {
      const lane = this.free.shift()
      if (lane === undefined) return
      const took = await this.take(view, one, lane, head, report === null ? null : { ...report, raw })
      if (!took) this.free.unshift(lane)
    }
  }

  private async rawOf({ hash }: RivalReport): Promise<string | null> {
    return (await this.rpc('eth_getRawTransactionByHash', [hash])) as string | null
  }

  /** Tries its sizes and sends the best; false when none gains. */
  private async take(
    view: View,
    prey: Prey,
    { wallet, nonce }: { readonly wallet: Wallet; readonly nonce: number },
    head: Head,
    report: (RivalReport & { readonly raw: string | null }) | null,
  ): Promise<boolean> {
    const terms = { deadlineBlock: head.number + 2, deadlineTime: head.time + 600n }
    let best: { readonly data: Hex; readonly grossWei: bigint; readonly gas: bigint } | null = null
    for (const percent of this.brief.sizes) {
      const data = orderFor(this.brief, prey, percent, terms)
      const trial = data === null ? null : await view.trial(toAddress(wallet.address), data)
      if (data && trial && (best === null || trial.grossWei > best.grossWei)) best = { data, ...trial }
    }
    if (best === null) return false
    const bid = (best.grossWei * BigInt(this.brief.bidBps)) / 10_000n
    if (best.grossWei - bid <= best.gas * head.baseFee) return false
    const gasLimit = (best.gas * 13n) / 10n
    const tx = await this.sender.sign({ wallet, nonce, data: best.data, gasLimit, baseFee: head.baseFee })
    await this.sender.send(tx, head.number + 1, report)
    this.sent.add(prey.user)
    return true
  }
}

const worth = ({ debt }: Prey): bigint => debt[0]?.value ?? 0n
const byDebt = (a: Prey, b: Prey): number => Number(worth(b) - worth(a))
const ORDERS: Readonly<Record<RivalBrief['first'], (a: Prey, b: Prey) => number>> = {
  debt: byDebt,
  crumbs: (a, b) => byDebt(b, a),
  factor: (a, b) => Number(a.healthFactor - b.healthFactor),
}
