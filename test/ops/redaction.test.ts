import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Secret } from '../../src/config/secret.js'
import { docOf, SETTING_NAMES } from '../../src/config/settings-schema.js'
import { readSettings } from '../../src/config/read-settings.js'
import { createLogger } from '../../src/ops/logger.js'
import { Redactor } from '../../src/ops/redaction.js'

/** For every secret setting: a value that is accepted, and the part of it that must never be seen. */
const SECRETS: Readonly<Record<string, { readonly value: string; readonly hidden: readonly string[] }>> = {
  RPC_URLS: {
    value:
      'https://alice:pass%2Fword1@node.example/v2/Path_Key-0123456789?key=Query.Key+1,wss://two.example/SecondPathKey0123,' +
      'https://bob:pw12@three.example/k3y9?apikey=hush,https://kuser@four.example',
    hidden: [
      ...['pass%2Fword1', 'pass/word1', 'Path_Key-0123456789', 'Query.Key+1', 'Query.Key 1', 'SecondPathKey0123'],
      ...['pw12', 'k3y9', 'hush', 'kuser'],
    ],
  },
  SIMULATION_RPC_URL: { value: 'http://own.example/SimulationKey012345', hidden: ['SimulationKey012345'] },
  RELAY_URLS: {
    value: 'https://relay.example/?token=RelayToken%20123',
    hidden: ['RelayToken%20123', 'RelayToken 123'],
  },
  PRIVATE_KEY: { value: `0x${'Ab12'.repeat(16)}`, hidden: ['Ab12'.repeat(16)] },
  RELAY_AUTH_KEY: { value: `0x${'cD34'.repeat(16)}`, hidden: ['cD34'.repeat(16)] },
  MEV_SHARE_STREAM_URL: { value: 'https://stream.example/StreamKey0123456', hidden: ['StreamKey0123456'] },
  TITAN_OFA_URL: { value: 'wss://ofa.example/ws/v1/OfaPathKey012345', hidden: ['OfaPathKey012345'] },
  TITAN_OFA_KEY: { value: 'Titan-Ofa.Key_0123', hidden: ['Titan-Ofa.Key_0123'] },
  ATLAS_URL: { value: 'wss://atlas.example/AtlasPathKey0123', hidden: ['AtlasPathKey0123'] },
  ATLAS_SOLVER_KEY: { value: `0x${'9a78'.repeat(16)}`, hidden: ['9a78'.repeat(16)] },
  OWNER_PRIVATE_KEY: { value: `0x${'Ef56'.repeat(16)}`, hidden: ['Ef56'.repeat(16)] },
}
const secretNames = SETTING_NAMES.filter((name) => docOf(name).secret === true)
const env = Object.fromEntries(Object.entries(SECRETS).map(([name, { value }]) => [name, value]))

/** Everything that code might hand to the log with this text somewhere inside. */
function disguises(text: string): unknown[] {
  const cause = new Error(`cause ${text}`)
  const error = Object.assign(new Error(`request to ${text} failed`, { cause }), { code: `E_${text}` })
  return [
    text,
    text.toUpperCase(),
    text.toLowerCase(),
    `https://user:${text}@host.example/path/${encodeURIComponent(text)}?q=${text}`,
    error,
    new AggregateError([error], text),
    { deep: [{ er: { and: { deeper: text } } }], [text]: 'as a key' },
    new Map([[text, new Set([text])]]),
    JSON.stringify({ text }),
    Buffer.from(text),
    /^[0-9a-f]+$/i.test(text) ? Buffer.from(text, 'hex') : text,
    /^[0-9a-f]+$/i.test(text) ? BigInt(`0x${text}`).toString(16) : text,
    Buffer.from(text).toString('hex'),
    { toJSON: () => ({ text }) },
    (): string => text,
  ]
}

const seen = (output: string, hidden: string): boolean => output.toLowerCase().includes(hidden.toLowerCase())

test('this test knows every secret setting', () => {
  expect(Object.keys(SECRETS).sort()).toEqual([...secretNames].sort())
})

describe.each(secretNames)('%s', (name) => {
  const hidden = SECRETS[name]?.hidden ?? []
  const redactor = new Redactor(readSettings(env, { needs: 'nothing' }).secrets)

  test.each(hidden)('%s is taken out of whatever carries it', (text) => {
    for (const thing of disguises(text)) {
      expect(seen(JSON.stringify(redactor.value(thing)), text)).toBe(false)
      expect(seen(redactor.text(inspect(thing, { depth: 9 })), text)).toBe(false)
    }
  })
})

test('a log in file and terminal shows none of them, in event, field or error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-log-'))
  const printed: string[] = []
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0)
  try {
    const redactor = new Redactor(readSettings(env, { needs: 'nothing' }).secrets)
    const late = new Secret('key-out-of-a-keystore')
    redactor.add(late)
    const logger = createLogger({ level: 'debug', folder, terminal: 'colour', redactor })
    const texts = [...Object.values(SECRETS).flatMap(({ hidden }) => hidden), late.reveal()]
    for (const text of texts)
      for (const thing of disguises(text)) logger.error(`event ${text}`, { thing, message: text, level: text })
    await logger.close()
    const file = readdirSync(folder)
      .map((each) => readFileSync(join(folder, each), 'utf8'))
      .join('')
    expect(file.split('\n').filter((line) => line !== '')).toHaveLength(texts.length * disguises('').length)
    for (const text of texts) {
      expect(seen(file, text)).toBe(false)
      expect(seen(printed.join(''), text)).toBe(false)
    }
    expect(printed.join('')).toContain('[secret]')
  } finally {
    write.mockRestore()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('endpoints', () => {
  const urls = 'https://bob:pw12@three.example/lido/rpc?net=main,wss://three.example:8443/base,https://open.example'
  const redactor = new Redactor(readSettings({ RPC_URLS: urls }, { needs: 'nothing' }).secrets)

  test.each([
    ['failed: https://bob:pw12@three.example/lido/rpc?net=main', 'failed: https://three.example/…'],
    ['https://three.example/lido is down', 'https://three.example/… is down'],
    ['HTTPS://THREE.EXAMPLE/LIDO', 'HTTPS://THREE.EXAMPLE/…'],
    [
      'a wss://three.example:8443/base,https://three.example/x b',
      'a wss://three.example:8443/…,https://three.example/… b',
    ],
    ['https://three.example: refused', 'https://three.example: refused'],
    ['{"url":"https://three.example/lido"}', '{"url":"https://three.example/…"}'],
    [
      'read https://docs.example/lido and https://open.example/',
      'read https://docs.example/lido and https://open.example/',
    ],
    // a word of the path is a word everywhere else
    ['base: lido is fine on the main net', 'base: lido is fine on the main net'],
    ['xpw12 and pw123 are other words, "pw12" is not', 'xpw12 and pw123 are other words, "[secret]" is not'],
  ])('%s', (said, shown) => {
    expect(redactor.text(said)).toBe(shown)
  })
})

test('values that are no secret stay as they are', () => {
  const redactor = new Redactor([new Secret('topsecret')])
  const cyclic: Record<string, unknown> = { a: 1 }
  cyclic['self'] = cyclic
  expect(redactor.value({ wei: 10n ** 30n, list: [1, 'two', null, true], none: undefined })).toEqual({
    wei: '1000000000000000000000000000000',
    list: [1, 'two', null, true],
    none: undefined,
  })
  expect(JSON.stringify(redactor.value(cyclic))).toContain('[…]')
  expect(new Redactor().text('nothing known')).toBe('nothing known')
  expect(new Redactor([new Secret('abc')]).text('abc')).toBe('abc')
})
