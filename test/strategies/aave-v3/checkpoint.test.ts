import { KeeperError } from '../../../src/domain/errors.js'
import type { Market } from '../../../src/domain/market.js'
import { toAddress } from '../../../src/domain/chain.js'
import { loadState, saveState } from '../../../strategies/aave-v3/checkpoint.js'
import { AaveState, type Reserve } from '../../../strategies/aave-v3/state.js'

const at = (n: number) => toAddress(`0x${n.toString(16).padStart(40, '0')}`)
const market: Market = {
  ...{ id: 'aave-v3-test', strategy: 'aave-v3', chainId: 1, deployBlock: 0 },
  ...{ contracts: { pool: at(1) }, implementationCodeHashes: [] },
}

function sample(): AaveState {
  const state = new AaveState(market, 10, at(2), false)
  const numbers = { unit: 10n ** 18n, threshold: 8_000n, bonus: 10_500n, protocolFee: 1_000n, graceUntil: 0n }
  const index = { liquidityIndex: 10n ** 27n, liquidityRate: 3n, borrowIndex: 2n * 10n ** 27n, borrowRate: 5n }
  const reserve: Reserve = {
    ...{ id: 3, asset: at(30), symbol: 'WETH', decimals: 18, aToken: at(31), debtToken: at(32) },
    ...{ active: true, paused: false, flashLoans: true, category: 0, source: at(33) },
    ...{ ...numbers, ...index, updatedAt: 1_700_000_000n, available: 7n, deficit: 0n, scaledDebt: 9n },
  }
  state.list(reserve)
  const eMode = { threshold: 9_000n, bonus: 10_100n, collateral: 5n, priceAsset: at(0), priceSource: at(0) }
  state.eModes.set(1, { id: 1, ...eMode })
  const sequencer = { address: at(40), sequencerOracle: at(41), aggregator: at(42) }
  state.sentinel = { ...sequencer, gracePeriod: 3_600n, down: false, since: 5n }
  state.flashPremiumBps = 5n
  state.stale.positions.add(at(51))
  state.positions.set(at(50), { eMode: 1, flags: 8n, keys: [6, 7], amounts: [2n ** 127n, 1n] })
  return state
}

/** Every leaf and branch of a JSON value, as paths. */
function paths(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))]
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return by
  const copy: unknown = structuredClone(value)
  const record = copy as Record<string | number, unknown>
  record[key] = replaced(record[key], rest, by)
  return copy
}

describe('a checkpoint of Aave', () => {
  const text = saveState(sample())

  it('comes back as it was', () => {
    const state = loadState(market, text)
    expect(saveState(state)).toBe(text)
    expect(state.reserve(3).borrowIndex).toBe(2n * 10n ** 27n)
    expect(state.positions.get(at(50))).toEqual({ eMode: 1, flags: 8n, keys: [6, 7], amounts: [2n ** 127n, 1n] })
    expect(state.tokens.get(at(32))).toEqual({ reserve: 3, debt: true })
  })

  it('that is damaged anywhere gives one clear line, and never a state of another kind', () => {
    const json: unknown = JSON.parse(text)
    let refused = 0
    const accepted: string[] = []
    for (const path of paths(json))
      for (const junk of [null, -1, 1.5, 'junk', '-1', {}, [], [null], true]) {
        try {
          const state = loadState(market, JSON.stringify(replaced(json, path, junk)))
          // what is accepted is whole: it can be written and read again
          expect(saveState(loadState(market, saveState(state)))).toBe(saveState(state))
          accepted.push(path.join('.'))
        } catch (error) {
          expect(error).toBeInstanceOf(KeeperError)
          expect(error).toMatchObject({ code: 'checkpoint', message: expect.stringMatching(/^checkpoint of [^\n]*$/) })
          refused++
        }
      }
    // names, switches, and lists that may be empty
    const open =
      /symbol$|active|paused|flashLoans|down$|upgraded|followsAll|parameters|reserves$|eModes$|positions$|sentinel$/
    expect(accepted.filter((path) => !open.test(path) && !/^positions\.0\.(3|4)$/.test(path))).toEqual([])
    expect(refused).toBeGreaterThan(500)
    process.stdout.write(`damaged checkpoints: ${refused} refused, ${accepted.length} harmless\n`)
  })

  it('of another market or format is refused', () => {
    expect(() => loadState({ ...market, id: 'other' }, text)).toThrow(/is not of this market/)
    expect(() => loadState(market, text.slice(0, -3))).toThrow(/is damaged: /)
    expect(() => loadState(market, text.replace('"format":1', '"format":2'))).toThrow(/another format/)
  })
})
