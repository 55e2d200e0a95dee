import { z } from 'zod'
import { addressOf, apiKey, bool, decimal, integer, oneUrl, path, privateKey, urlList } from './setting-types.js'

/** The groups in the order in which people read them. */
export const GROUPS = ['Chain', 'Keys', 'Sending', 'Order flow', 'Profit', 'Risk', 'Operation', 'Deployment'] as const

export interface SettingDoc {
  readonly group: (typeof GROUPS)[number]
  /** One sentence: what it is, its unit, what an empty value means. */
  readonly doc: string
  readonly example?: string
  readonly default?: string
  /** Never a command-line flag: process lists are public. Keys, and URLs that may carry one. */
  readonly secret?: boolean
}

/** What `.env.example`, `--help` and the README say of each setting. */
export const settingDocs = z.registry<SettingDoc>()

type Text = z.ZodType<unknown, string>

/** A setting that may stay empty. */
function optional<T extends Text>(type: T, doc: SettingDoc): z.ZodOptional<T> {
  const made = type.optional()
  settingDocs.add(made, doc)
  return made
}

/** A setting with a default, given as the text one would write into the file. */
function preset<T extends Text>(type: T, doc: SettingDoc & { default: string }): z.ZodPrefault<T> {
  const made = z.prefault(type, doc.default as z.input<T> & string)
  settingDocs.add(made, doc)
  return made
}

/** The one statement of every setting. Everything that is said of settings elsewhere is generated from it. */
export const settingsSchema = z.object({
  RPC_URLS: optional(urlList('http:', 'https:', 'ws:', 'wss:'), {
    group: 'Chain',
    doc: 'Endpoints of the chain, comma list of http(s) and ws(s) URLs, best first; the others stand in when it fails.',
    example: 'wss://your-node.example/ws,https://your-node.example',
    secret: true,
  }),
  SIMULATION_RPC_URL: optional(oneUrl('http:', 'https:'), {
    group: 'Chain',
    doc: 'Node that you trust with unsent transactions, https or on your own network (it may be one of RPC_URLS): the exact one is simulated there. Empty means that with bundles a relay simulates (eth_callBundle); without bundles the keeper stays in dry-run.',
    example: 'http://127.0.0.1:8545',
    secret: true,
  }),
  MARKETS_FILE: optional(path(), {
    group: 'Chain',
    doc: 'The market file: chain, contracts and routes to work on.',
    example: 'config/markets/aave-v3-ethereum-core.json',
  }),
  CONFIRMATIONS: preset(integer(1, 10_000), {
    group: 'Chain',
    doc: 'Blocks on top of a result before it counts as final.',
    default: '12',
  }),
  MAX_HEAD_AGE_SECONDS: optional(integer(1, 86_400), {
    group: 'Chain',
    doc: 'Age in seconds from which the newest block counts as stale and nothing is signed; empty means two block times, at least 5 s (30 s on Ethereum).',
  }),
  HEAD_QUORUM: preset(integer(0, 20), {
    group: 'Chain',
    doc: 'Endpoints of RPC_URLS that must have the same newest block before anything is sent on it; 0 means more than half of those that answer and do not lag, 1 switches the check off.',
    default: '0',
  }),

  PRIVATE_KEY: optional(privateKey(), {
    group: 'Keys',
    doc: 'Private key of the operator that signs and pays gas; needed for sending unless KEYSTORE_FILE is set.',
    secret: true,
  }),
  KEYSTORE_FILE: optional(path(), {
    group: 'Keys',
    doc: 'Encrypted JSON keystore of the operator, instead of PRIVATE_KEY.',
    example: 'keys/operator.json',
  }),
  KEYSTORE_PASSWORD_FILE: optional(path(), {
    group: 'Keys',
    doc: 'File whose first line is the password of KEYSTORE_FILE.',
    example: 'keys/operator.password',
  }),
  OPERATOR_KEYS_FILE: optional(path(), {
    group: 'Keys',
    doc: 'Instead of PRIVATE_KEY and KEYSTORE_FILE: a file (mode 600) with the keys of several operators, one a line, each a private key or a JSON keystore (password: KEYSTORE_PASSWORD_FILE); each has one transaction in flight. The word housekeeping behind a key keeps it for work that can wait.',
    example: 'keys/operators',
  }),
  RELAY_AUTH_KEY: optional(privateKey(), {
    group: 'Keys',
    doc: 'Private key without funds that signs requests to relays: your reputation there, so keep it; empty means a fresh one at every start.',
    secret: true,
  }),
  EXECUTOR_ADDRESS: optional(addressOf(), {
    group: 'Keys',
    doc: 'Your LiquidationExecutor contract, as `keeper deploy-executor` prints it; needed for sending.',
  }),

  AUCTION_AGENT_ADDRESS: optional(addressOf(), {
    group: 'Sending',
    doc: 'Your AuctionAgent contract, which holds bid capital and won tokens; empty means that no part is taken in debt auctions.',
  }),
  DRY_RUN: preset(bool(), {
    group: 'Sending',
    doc: 'With true everything runs up to the last step and nothing is sent.',
    default: 'true',
  }),
  RELAY_URLS: optional(urlList('http:', 'https:'), {
    group: 'Sending',
    doc: 'Private submission endpoints, comma list, https (http only on this machine); empty means those of the market file, without any the keeper stays in dry-run. Each gets the fields that its builder documents, known by the host or named behind # (flashbots, buildernet, titan, quasar, local, plain); flashbots also takes MEV-Share hints.',
    example: 'https://relay.flashbots.net,https://rpc.titanbuilder.xyz,https://my-proxy.example/key#titan',
    secret: true,
  }),
  RELAY_TIMEOUT_MS: preset(integer(100, 10_000), {
    group: 'Sending',
    doc: 'Milliseconds after which a relay that does not answer counts as unknown.',
    default: '1500',
  }),
  RELAY_FAILURE_BUDGET: preset(integer(1, 10_000), {
    group: 'Sending',
    doc: 'Bundles within an hour that may fail their simulation after they were sent; beyond it nothing is sent that has not passed one before, because relays weigh what fails.',
    default: '20',
  }),
  ORDER_LIFETIME_BLOCKS: preset(integer(1, 100), {
    group: 'Sending',
    doc: 'Blocks for which a signed order may land; the executor refuses it afterwards.',
    default: '3',
  }),

  PENDING_TRANSMITS: preset(bool(), {
    group: 'Order flow',
    doc: 'With true the pending transactions of RPC_URLS are watched for price reports, so that a liquidation can follow one in the same bundle.',
    default: 'true',
  }),
  MEV_SHARE_STREAM_URL: optional(oneUrl('http:', 'https:'), {
    group: 'Order flow',
    doc: 'Stream of MEV-Share hints, in which auctioned (SVR) price reports are announced; empty means that none are heard. Bids to follow a hint go to the flashbots endpoint of RELAY_URLS.',
    example: 'https://mev-share.flashbots.net',
    secret: true,
  }),
  TITAN_OFA_URL: optional(oneUrl('ws:', 'wss:'), {
    group: 'Order flow',
    doc: "WebSocket of Titan's order-flow auction without the key, which is listened to and not bid in; empty means that it is not used. It needs TITAN_OFA_KEY.",
    example: 'wss://eth.ofa.titanbuilder.xyz/ws/v1',
    secret: true,
  }),
  TITAN_OFA_KEY: optional(apiKey(), {
    group: 'Order flow',
    doc: 'Key that Titan gives to searchers, sent as the last part of the path of TITAN_OFA_URL.',
    secret: true,
  }),
  ATLAS_URL: optional(oneUrl('ws:', 'wss:'), {
    group: 'Order flow',
    doc: 'WebSocket of the Atlas auction of SVR reports (Base, Arbitrum, BNB), which is listened to and not bid in; empty means that it is not used. It needs ATLAS_SOLVER_KEY.',
    example: 'wss://svr-bid-endpoint.chain.link/ws/solver',
    secret: true,
  }),
  ATLAS_SOLVER_KEY: optional(privateKey(), {
    group: 'Order flow',
    doc: 'Private key of the bonded solver account of the Atlas auction; it names the account, nothing is signed with it yet.',
    secret: true,
  }),
  PREPARE_HEALTH_FACTOR: preset(decimal(4, 'health factor'), {
    group: 'Sending',
    doc: 'Positions below this health factor are prepared before they become liquidatable: plan, route, gas, and the call rehearsed at the price that would open it; 1 switches that off.',
    default: '1.05',
  }),
  PREPARE_CPU_PERCENT: preset(integer(1, 90), {
    group: 'Sending',
    doc: 'Most of one processor that preparing may use, in percent.',
    default: '25',
  }),

  MIN_PROFIT_USD: preset(decimal(8, 'dollars'), {
    group: 'Profit',
    doc: 'Least profit in US dollars, after gas and bid, for which the keeper acts.',
    default: '5',
  }),
  BID_BPS: optional(integer(0, 10_000), {
    group: 'Profit',
    doc: 'Share of the realised gain that goes to the block builder or sequencer, in basis points; empty means what the market file names for the chain (8000 on Ethereum, 1000 on Base, Optimism and Polygon).',
    example: '8000',
  }),
  MIN_BID_BPS: optional(integer(0, 10_000), {
    group: 'Profit',
    doc: 'Least share that learning may lower the bid to after blocks that were won, in basis points; empty means half of BID_BPS.',
    example: '4000',
  }),
  CONTESTED: preset(z.enum(['learn', 'always', 'never'], 'must be learn, always or never'), {
    group: 'Profit',
    doc: 'Whether others bid for the same positions: then each goes alone on its own lane and is sized for the payment per gas, by which builders rank. learn: while somebody else has liquidated in a market within the last 7,200 blocks.',
    default: 'learn',
  }),
  MAX_FEE_SHARE_BPS: preset(integer(1, 10_000), {
    group: 'Profit',
    doc: 'Most that gas and bid together may take of the expected gain, in basis points.',
    default: '9500',
  }),
  SWAP_LIMIT_BPS: optional(integer(1, 9_999), {
    group: 'Profit',
    doc: 'How much worse than quoted one swap may turn out before the order reverts, in basis points; empty means 1000 with bundles, where nobody sees the order and its minimum profit guards the whole, and 30 elsewhere.',
    example: '1000',
  }),
  MAX_GAS_GWEI: optional(decimal(9, 'gwei'), {
    group: 'Profit',
    doc: 'Optional breaker: no transaction above this gas price in gwei; empty means off, because a flat cap stops the keeper in the hour that pays.',
    example: '500',
  }),

  MAX_DAILY_LOSS_USD: preset(decimal(8, 'dollars'), {
    group: 'Risk',
    doc: 'Losses and gas of the current UTC day in US dollars at which the keeper stops sending.',
    default: '50',
  }),
  MODE: preset(z.enum(['profit', 'backstop'], 'must be profit or backstop'), {
    group: 'Risk',
    doc: 'profit: nothing is done at an expected loss; backstop, for protocol teams: positions that do not pay are liquidated all the same so that their debt is realised (Aave: in full; Compound: absorbed), and debt auctions are bid in (GEB, Maker), up to BACKSTOP_DAILY_LOSS_USD.',
    default: 'profit',
  }),
  BACKSTOP_DAILY_LOSS_USD: preset(decimal(8, 'dollars'), {
    group: 'Risk',
    doc: 'Expected losses (gas, tip, bids) in US dollars that backstop mode may take on per UTC day, in each lending market and in each protocol with auctions; the next one is refused (daily-loss). MAX_DAILY_LOSS_USD must be above the sum of all.',
    default: '0',
  }),
  MAX_CONSECUTIVE_REVERTS: preset(integer(1, 1_000), {
    group: 'Risk',
    doc: 'Reverted transactions in a row at which the keeper stops sending until it is told to go on; runs of the auction agent and what is at a loss are a row of their own, which stops only them.',
    default: '3',
  }),
  MIN_OPERATOR_ETH: preset(decimal(18, 'units of the native token'), {
    group: 'Risk',
    doc: 'Least balance of the operator, in units of the native token, below which nothing is signed.',
    default: '0.01',
  }),
  MAX_EXPOSURE_USD: preset(decimal(8, 'dollars'), {
    group: 'Risk',
    doc: 'Most value in US dollars of any one token that one transaction may move.',
    default: '2000000',
  }),
  MAX_EXIT_SHORTFALL_BPS: preset(integer(0, 10_000), {
    group: 'Risk',
    doc: 'Most that the exit price may fall short of the oracle price, in basis points.',
    default: '500',
  }),

  DATA_DIR: preset(path(), {
    group: 'Operation',
    doc: 'Folder of the journal, ledger, checkpoints and logs; one per running keeper.',
    default: 'data',
  }),
  LOG_LEVEL: preset(z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'), {
    group: 'Operation',
    doc: 'Least severity that is logged: debug, info, warn or error.',
    default: 'info',
  }),
  AUDIT_SAMPLE: preset(integer(0, 1_000), {
    group: 'Operation',
    doc: 'Positions per block, by turns, whose health factor is compared with the contract beside the work; 0 switches the comparison off.',
    default: '8',
  }),
  AUDIT_MAX_DIFFERENCES: preset(integer(0, 1_000_000), {
    group: 'Operation',
    doc: 'Positions and prices that may differ from the contract within an hour before an alarm is raised (error line, metric, /healthz); each is read again from the chain at once.',
    default: '3',
  }),
  METRICS_PORT: preset(integer(0, 65_535), {
    group: 'Operation',
    doc: 'Port of /healthz and /metrics on 127.0.0.1; 0 picks a free one and logs it.',
    default: '9464',
  }),

  OWNER_PRIVATE_KEY: optional(privateKey(), {
    group: 'Deployment',
    doc: 'Private key of the owner, read by the commands `keeper deploy-…` alone: give it for that one command and do not keep it here.',
    secret: true,
  }),
  OWNER_KEYSTORE_FILE: optional(path(), {
    group: 'Deployment',
    doc: 'Encrypted JSON keystore of the owner, instead of OWNER_PRIVATE_KEY.',
  }),
  OWNER_KEYSTORE_PASSWORD_FILE: optional(path(), {
    group: 'Deployment',
    doc: 'File whose first line is the password of OWNER_KEYSTORE_FILE.',
  }),
  OPERATOR_ADDRESSES: optional(
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(addressOf())),
    {
      group: 'Deployment',
      doc: 'Comma list of operators that the deployed executor shall obey; empty means the one of PRIVATE_KEY or KEYSTORE_FILE.',
    },
  ),
  PAYOUT_ADDRESS: optional(addressOf(), {
    group: 'Deployment',
    doc: 'Where the deployed executor sends what it earns; empty means the owner.',
  }),
})

export type RawSettings = z.output<typeof settingsSchema>
export type SettingName = keyof RawSettings
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as readonly SettingName[]

/** What is documented of a setting. */
export function docOf(name: SettingName): SettingDoc {
  const doc = settingDocs.get(settingsSchema.shape[name])
  if (doc === undefined) throw new Error(`setting ${name} has no description`)
  return doc
}
