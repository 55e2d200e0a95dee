// The one statement of who may import whom (docs/architecture.md). Each room imports only from rooms to its left.
const ROOMS = [
  'domain',
  'config',
  'chain',
  'oracle',
  'indexer',
  'scanner',
  'risk',
  'profit',
  'auctions',
  'execution',
  'ledger',
  'ops',
  'devnet',
  'cli',
]

const roomRules = ROOMS.map((room, i) => ({
  name: `${room}-imports-only-from-its-left`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: `^(src/(${ROOMS.slice(i + 1).join('|') || 'none'})/${room === 'cli' ? '' : '|strategies/'})` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'strategies-see-only-domain-abis-and-auction-types',
      severity: 'error',
      from: { path: '^strategies/([^/]+)/' },
      to: { path: '^(src|strategies)/', pathNot: ['^src/domain/', '^src/auctions/', '^strategies/$1/'] },
    },
    {
      name: 'one-strategy-does-not-import-another',
      severity: 'error',
      from: { path: '^strategies/([^/]+)/' },
      to: { path: '^strategies/', pathNot: '^strategies/$1/' },
    },
    {
      name: 'abis-import-nothing',
      severity: 'error',
      from: { path: '^abis/' },
      to: { path: '^(src|strategies|test)/' },
    },
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: '^(src|strategies|abis)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'the-judge-is-independent',
      severity: 'error',
      from: { path: '^test/judge/' },
      to: { path: '^(src|strategies)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      mainFields: ['main'],
      conditionNames: ['require', 'node'],
    },
  },
}
