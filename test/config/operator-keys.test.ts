import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computeAddress, encryptKeystoreJsonSync } from 'ethers'
import { loadOperatorKeys } from '../../src/config/operator-keys.js'
import { readSettings } from '../../src/config/read-settings.js'

const key = (digit: string): string => `0x${digit.repeat(64)}`
let folder: string
let file: string
let passwordFile: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'operator-keys-'))
  file = join(folder, 'operators')
  passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'correct horse\n')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(lines: readonly string[], mode = 0o600): void {
  writeFileSync(file, lines.join('\n'))
  chmodSync(file, mode)
}
const load = (password: string | null = passwordFile) => loadOperatorKeys({ file, passwordFile: password })
const problem = (password?: string | null): Promise<string> =>
  load(password).then(
    () => 'no problem',
    (error: unknown) => (error as Error).message,
  )
const encrypted = (privateKey: string): string =>
  encryptKeystoreJsonSync({ address: computeAddress(privateKey), privateKey }, 'correct horse', { scrypt: { N: 2 } })

test('plain and encrypted keys, comments, and the one that is kept for housekeeping', async () => {
  write(['# operators', '', key('1'), `  ${encrypted(key('2'))}`, `${key('3')} housekeeping`, ''])
  const { keys, housekeeping } = await load()
  expect(keys.map((secret) => secret.reveal())).toEqual([key('1'), key('2')])
  expect(housekeeping?.reveal()).toBe(key('3'))
})

test.each([
  ['read by others', [key('1')], 0o640, /can be read by others \(mode 640\): chmod 600/],
  ['a key twice', [key('a'), key('a').toUpperCase().replace('0X', '0x')], 0o600, /line 2 repeats a key/],
  ['no key', ['0x12', key('1')], 0o600, /line 1 is neither a private key/],
  ['no keystore', ['{"a":1}'], 0o600, /line 1 is no JSON keystore/],
  ['housekeeping alone', [`${key('1')} housekeeping`], 0o600, /holds no key for liquidations/],
  [
    'housekeeping twice',
    [key('1'), `${key('2')} housekeeping`, `${key('3')} housekeeping`],
    0o600,
    /line 3 is a second/,
  ],
  ['nothing', ['# empty'], 0o600, /holds no key/],
] as const)('%s: the error names the line and shows nothing of it', async (_name, lines, mode, expected) => {
  write(lines, mode)
  const said = await problem()
  expect(said).toMatch(expected)
  expect(said).toMatch(/^OPERATOR_KEYS_FILE/)
  expect(said).not.toMatch(/1111|aaaa|AAAA/)
})

test('an encrypted line needs a password file that fits', async () => {
  write([encrypted(key('2'))])
  expect(await problem(null)).toMatch(/KEYSTORE_PASSWORD_FILE must name/)
  const other = join(folder, 'other')
  writeFileSync(other, 'battery staple\n')
  expect(await problem(other)).toMatch(/is not its password/)
  rmSync(file)
  expect(await problem()).toMatch(/cannot read/)
})

test('one key or a file of keys, never both', () => {
  const env = { OPERATOR_KEYS_FILE: 'keys/operators', KEYSTORE_PASSWORD_FILE: 'keys/password' }
  expect(readSettings(env, { needs: 'nothing' }).operatorKeys).toEqual({
    file: join(process.cwd(), 'keys/operators'),
    passwordFile: join(process.cwd(), 'keys/password'),
  })
  expect(() => readSettings({ ...env, PRIVATE_KEY: key('1') }, { needs: 'nothing' })).toThrow(/keep one of them/)
})
