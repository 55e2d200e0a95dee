import type { ChainConfig } from '../../src/config/market-file.js'
import type { Settings } from '../../src/config/settings.js'
import { checkSimulationUrl, submissionPath } from '../../src/config/submission.js'

const path = (relay: string, rpc: string) =>
  submissionPath(
    { relayUrls: [relay], rpcUrls: [rpc] } as unknown as Settings,
    { submission: 'privateRpc', submissionUrls: [] } as unknown as ChainConfig,
  )

describe('an ordinary endpoint never carries transactions, however it is written', () => {
  test.each([
    ['https://rpc.example/key', 'https://rpc.example/key'],
    ['https://rpc.example/key/', 'https://rpc.example/key'],
    ['https://RPC.example/key', 'wss://rpc.example/key'],
    ['https://rpc.example', 'https://rpc.example:443/'],
  ])('%s beside %s', (relay, rpc) => {
    expect(() => path(relay, rpc)).toThrow(/^RELAY_URLS: submission endpoint 1 is also in RPC_URLS/)
  })

  test('another path of the same host is another endpoint', () => {
    expect(path('https://rpc.example/private', 'https://rpc.example/key')?.urls).toEqual([
      'https://rpc.example/private',
    ])
  })
})

describe('unsent transactions travel unread to the node that simulates', () => {
  test.each([
    'https://node.example',
    'http://127.0.0.1:8545',
    'http://localhost:8545',
    'http://10.1.2.3:8545',
    'http://172.31.0.9',
    'http://192.168.1.2',
  ])('%s is taken', (simulationRpcUrl) => {
    expect(() => {
      checkSimulationUrl({ simulationRpcUrl })
    }).not.toThrow()
  })
  test.each(['http://node.example', 'http://11.1.2.3:8545', 'http://172.32.0.9', 'http://10.example'])(
    '%s is refused',
    (simulationRpcUrl) => {
      expect(() => {
        checkSimulationUrl({ simulationRpcUrl })
      }).toThrow(/^SIMULATION_RPC_URL: is neither https/)
    },
  )
})
