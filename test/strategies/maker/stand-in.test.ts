import type { Contract } from '../../../src/devnet/deployer.js'
import { KeeperError } from '../../../src/domain/errors.js'
import { RAY, WAD } from '../../../src/domain/maths.js'
import type { ClipTerms } from '../../../strategies/maker/clip.js'
import { RAD, type Calc } from '../../../strategies/maker/maths.js'
import { startMakerBed, type MakerBed } from './support/maker-bed.js'
import { ILK, what } from './support/maker-contracts.js'
import { readMaker, termsOf, type SaleAct } from './support/vector-file.js'

const PARAMETERS = ['buf', 'tail', 'cusp', 'chip', 'tip', 'chost'] as const
/** Every how many recorded auctions one is played here. */
const EVERY = process.env['TEST_LONG'] === '1' ? 1 : 3

describe('the stand-in of the Clipper does what was recorded of the real one', () => {
  let bed: MakerBed
  let id = 1_000n

  beforeAll(async () => {
    bed = await startMakerBed()
    const { admin, vat, dog, clip, spotter } = bed
    const from = admin.from
    // so much on auction that no recorded sale takes the counters below zero
    await admin.send(spotter, 'set', [1_000n * WAD, true, RAY])
    await admin.send(vat, 'file', [ILK, what('spot'), 10_000n * RAY])
    await admin.send(vat, 'frob', [ILK, from, from, from, 10n ** 10n * WAD, 10n ** 12n * WAD])
    await admin.send(vat, 'file', [ILK, what('spot'), 1n])
    await admin.send(dog, 'file(bytes32,uint256)', [what('Hole'), 10n ** 13n * RAD])
    await admin.send(dog, 'file(bytes32,bytes32,uint256)', [ILK, what('hole'), 10n ** 13n * RAD])
    await admin.send(dog, 'file(bytes32,bytes32,uint256)', [ILK, what('chop'), WAD])
    await admin.send(dog, 'bark', [ILK, from, from])
    await admin.send(vat, 'hope', [clip.address])
  }, 60_000)
  afterAll(() => bed.stop())

  const curveOf = (calc: Calc): Promise<Contract> => {
    if (calc.kind === 'linear') return bed.deploy('MakerCurveStandIn', [0n, calc.tau, 0n, 0n])
    return calc.kind === 'stairstep'
      ? bed.deploy('MakerCurveStandIn', [1n, 0n, calc.step, calc.cut])
      : bed.deploy('MakerCurveStandIn', [2n, 0n, 0n, calc.cut])
  }

  async function setTerms(terms: ClipTerms): Promise<void> {
    for (const name of PARAMETERS) await bed.admin.send(bed.clip, 'file(bytes32,uint256)', [what(name), terms[name]])
    const { address } = await curveOf(terms.calc)
    await bed.admin.send(bed.clip, 'file(bytes32,address)', [what('calc'), address])
  }

  /** The auction as recorded, in a block that comes as much later as it did there; the error's text, or what is left. */
  async function play(act: SaleAct, terms: ClipTerms): Promise<string> {
    const { admin, clip, spotter, anvil, accounts } = bed
    const number = id++
    const now = Number((await bed.head()).timestamp) + 10
    const tic = BigInt(now) + 100_000n - (BigInt(act.t2) - BigInt(act.tic))
    await admin.send(spotter, 'set', [BigInt(act.feed), true, terms.par])
    await admin.send(clip, 'put', [number, BigInt(act.tab), BigInt(act.lot), accounts[3], tic, BigInt(act.top)])
    await admin.send(clip, 'file(bytes32,uint256)', [what('stopped'), BigInt(act.stopped)])
    await anvil.rpc('evm_setNextBlockTimestamp', [now + 100_000])
    const taking = act.kind === 'take'
    const args = taking ? [number, BigInt(act.amt), BigInt(act.max), admin.from, '0x'] : [number, accounts[4]]
    try {
      await admin.send(clip, act.kind, args)
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error
      return /Clipper\/[a-z-]+/.exec(error.message)?.[0] ?? error.message
    }
    const [, tab, lot, , , top] = await admin.read(clip, 'sales', [number])
    return taking ? `${String(tab)} ${String(lot)}` : String(top)
  }

  /** A sale that is over is deleted: both are zero then. */
  function recorded(act: SaleAct): string {
    if (act.error !== null) return act.error
    if (act.kind === 'redo') return act.newTop
    const over = act.tabAfter === '0' || act.lotAfter === '0'
    return over ? '0 0' : `${act.tabAfter} ${act.lotAfter}`
  }

  test('takes and redos end as recorded, refusals by name', async () => {
    const met = new Map<string, number>()
    const differences: string[] = []
    const sales = readMaker().sales.filter((_, i) => i % EVERY === 0)
    for (const sale of sales) {
      const terms = termsOf(sale)
      await setTerms(terms)
      for (const act of sale.acts) {
        const [theirs, ours] = [recorded(act), await play(act, terms)]
        const name = act.error ?? `${act.kind} lands`
        met.set(name, (met.get(name) ?? 0) + 1)
        if (theirs !== ours) differences.push(`${act.kind}: ${ours} instead of ${theirs}`)
      }
    }
    process.stderr.write(`stand-in: ${[...met].map(([k, n]) => `${k} ${String(n)}`).join(' · ')}\n`)
    expect(differences).toEqual([])
    for (const name of ['take lands', 'redo lands', 'Clipper/needs-reset', 'Clipper/no-partial-purchase'])
      expect(met.get(name) ?? 0).toBeGreaterThan(2)
  }, 120_000)
})
