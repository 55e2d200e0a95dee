import type { ChainConfig } from '../../src/config/market-file.js'
import type { Settings } from '../../src/config/settings.js'
import { submissionPath } from '../../src/config/submission.js'

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
