import { AuctionLog } from '../../src/cli/keeper/auctions/auction-notes.js'
import { priceUpkeep } from '../../src/cli/keeper/auctions/price-upkeep.js'
import type { Logger } from '../../src/domain/ports.js'
import { NOW } from './support/lab.js'
import { blockWith, deskWith, pokeOn, sceneWith } from './support/scene.js'

const PLENTY = 20n * 10n ** 8n
const codeOf = (answer: ReturnType<typeof priceUpkeep>): string =>
  answer === null ? 'nothing' : 'code' in answer ? answer.code : 'told'

describe('a price told for nothing, in backstop mode', () => {
  it('is not told again on a state on which it was mined, and the operator hears of it once', () => {
    const mined = new Set<string>()
    const desk = deskWith(PLENTY, { told: (name) => mined.has(name) })
    const upkeepOn = (name: string) => priceUpkeep(desk, blockWith(pokeOn(name)), NOW)
    expect(codeOf(upkeepOn('poke/1'))).toBe('told')
    mined.add('poke/1')
    const given = upkeepOn('poke/1')
    expect(given).toMatchObject({ code: 'no-effect', market: 'm', position: 'poke/1' })
    // something has changed: by whose hand is no matter
    expect(codeOf(upkeepOn('poke/2'))).toBe('told')

    const warned: unknown[] = []
    const silent = (): void => undefined
    const logger: Logger = { debug: silent, info: silent, error: silent, warn: (_event, fields) => warned.push(fields) }
    const log = new AuctionLog(logger)
    const round = { actions: [], notes: [], pay: 0n, lockedNow: 0n, gas: 0n }
    const answer = { scene: sceneWith(null), round, opportunity: null, unsold: null, upkeep: given }
    for (let i = 0; i < 3; i++) log.tell('m', answer)
    expect(warned).toEqual([
      {
        market: 'm',
        step: 'poke/1',
        givenUp: expect.stringMatching(/^it was mined once and changed nothing/) as string,
      },
    ])
  })
})
