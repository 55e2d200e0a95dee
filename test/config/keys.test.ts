import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptKeystoreJsonSync } from 'ethers'
import { loadKey } from '../../src/config/keys.js'
import type { KeySource } from '../../src/config/key-source.js'
import { Secret } from '../../src/config/secret.js'

const privateKey = `0x${'7e'.repeat(32)}`
const address = '0x0000000000000000000000000000000000000000'
let folder: string
let source: KeySource

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-keys-'))
  const [file, passwordFile] = [join(folder, 'operator.json'), join(folder, 'password')]
  source = { kind: 'keystore', setting: 'KEYSTORE_FILE', file, passwordFile }
  writeFileSync(passwordFile, 'correct horse\nsecond line\n')
  writeFileSync(file, encryptKeystoreJsonSync({ address, privateKey }, 'correct horse', { scrypt: { N: 2 } }))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const other = (change: object): KeySource => ({ ...source, ...change })

test('a given key is itself', async () => {
  const key = new Secret(privateKey)
  expect(await loadKey({ kind: 'key', setting: 'PRIVATE_KEY', key })).toBe(key)
})

test('a keystore opens with the first line of the password file', async () => {
  // ethers checks the address of a keystore: make one that belongs to the key
  const { computeAddress } = await import('ethers')
  const file = join(folder, 'right.json')
  const account = { address: computeAddress(privateKey), privateKey }
  writeFileSync(file, encryptKeystoreJsonSync(account, 'correct horse', { scrypt: { N: 2 } }))
  expect((await loadKey(other({ file }))).reveal()).toBe(privateKey)
})

test('a wrong password, a missing file and a file that is no keystore are told apart, without secrets', async () => {
  const wrong = join(folder, 'wrong')
  writeFileSync(wrong, 'battery staple\n')
  const text = join(folder, 'text.json')
  writeFileSync(text, privateKey)
  const failures = await Promise.all(
    [{ passwordFile: wrong }, { file: join(folder, 'absent') }, { file: text }].map(async (change) =>
      loadKey(other(change)).then(
        () => 'opened',
        (error: unknown) => (error as Error).message,
      ),
    ),
  )
  expect(failures[0]).toMatch(/^KEYSTORE_PASSWORD_FILE: is not the password of /)
  expect(failures[1]).toMatch(/^KEYSTORE_FILE: cannot read /)
  expect(failures[2]).toMatch(/^KEYSTORE_FILE: .*is no JSON keystore/)
  expect(failures.join()).not.toMatch(/7e7e|battery|correct horse/)
})
