import { devnetKeeperEnv } from '../../../src/cli/demo/keeper-env.js'
import { loadEnvironment } from '../../../src/config/env-file.js'
import { SETTING_NAMES } from '../../../src/config/settings-schema.js'

test('no setting of the shell or of an env file reaches the keeper of a demo', () => {
  const shell = Object.fromEntries(SETTING_NAMES.map((name) => [name, 'for a real chain']))
  const env = devnetKeeperEnv(
    { ...shell, PATH: '/bin', KEEPER_ENV_FILE: '/home/me/.env.base', NOTHING: undefined },
    { RPC_URLS: 'http://127.0.0.1:1', PRIVATE_KEY: '0x1' },
  )
  expect(env).toEqual({ PATH: '/bin', RPC_URLS: 'http://127.0.0.1:1', PRIVATE_KEY: '0x1', KEEPER_ENV_FILE: '' })
  expect(loadEnvironment(env)).toBe(env)
})
