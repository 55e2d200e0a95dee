/** Maker dss: the books of vaults, their liquidation and the protocol's own debt. Hand-written; only what is used. */
export const MAKER_VAT = [
  'function urns(bytes32 ilk, address urn) view returns (uint256 ink, uint256 art)',
  'function ilks(bytes32 ilk) view returns (uint256 Art, uint256 rate, uint256 spot, uint256 line, uint256 dust)',
  'function dai(address account) view returns (uint256)',
  'function sin(address account) view returns (uint256)',
  'function gem(bytes32 ilk, address account) view returns (uint256)',
  'function can(address owner, address account) view returns (uint256)',
  'function hope(address account)',
] as const

/** Calls of the Vat that its anonymous log notes: topic 0 is the selector, topics 1 to 3 the first arguments. */
export const MAKER_VAT_NOTES = [
  'function frob(bytes32 ilk, address urn, address v, address w, int256 dink, int256 dart)',
  'function fork(bytes32 ilk, address src, address dst, int256 dink, int256 dart)',
  'function grab(bytes32 ilk, address urn, address v, address w, int256 dink, int256 dart)',
  'function fold(bytes32 ilk, address urn, int256 rate)',
  'function file(bytes32 ilk, bytes32 what, uint256 data)',
  'function move(address src, address dst, uint256 rad)',
  'function suck(address u, address v, uint256 rad)',
  'function slip(bytes32 ilk, address usr, int256 wad)',
  'function flux(bytes32 ilk, address src, address dst, uint256 wad)',
] as const

export const MAKER_DOG = [
  'function ilks(bytes32 ilk) view returns (address clip, uint256 chop, uint256 hole, uint256 dirt)',
  'function Hole() view returns (uint256)',
  'function Dirt() view returns (uint256)',
  'function live() view returns (uint256)',
  'function bark(bytes32 ilk, address urn, address kpr) returns (uint256 id)',
  'event Bark(bytes32 indexed ilk, address indexed urn, uint256 ink, uint256 art, uint256 due, address clip, uint256 indexed id)',
  'event Digs(bytes32 indexed ilk, uint256 rad)',
  'event Cage()',
] as const

/** The Dog files parameters under three signatures; any of them has them read again. */
export const MAKER_DOG_FILES = [
  'event File(bytes32 indexed what, uint256 data)',
  'event File(bytes32 indexed what, address data)',
  'event File(bytes32 indexed ilk, bytes32 indexed what, uint256 data)',
  'event File(bytes32 indexed ilk, bytes32 indexed what, address clip)',
] as const

export const MAKER_CLIP = [
  'function ilk() view returns (bytes32)',
  'function calc() view returns (address)',
  'function spotter() view returns (address)',
  'function buf() view returns (uint256)',
  'function tail() view returns (uint256)',
  'function cusp() view returns (uint256)',
  'function stopped() view returns (uint256)',
  'function tip() view returns (uint192)',
  'function chip() view returns (uint64)',
  'function chost() view returns (uint256)',
  'function list() view returns (uint256[])',
  'function sales(uint256 id) view returns (uint256 pos, uint256 tab, uint256 lot, address usr, uint96 tic, uint256 top)',
  'function getStatus(uint256 id) view returns (bool needsRedo, uint256 price, uint256 lot, uint256 tab)',
  'function take(uint256 id, uint256 amt, uint256 max, address who, bytes data)',
  'function redo(uint256 id, address kpr)',
  'event Kick(uint256 indexed id, uint256 top, uint256 tab, uint256 lot, address indexed usr, address indexed kpr, uint256 coin)',
  'event Take(uint256 indexed id, uint256 max, uint256 price, uint256 owe, uint256 tab, uint256 lot, address indexed usr)',
  'event Redo(uint256 indexed id, uint256 top, uint256 tab, uint256 lot, address indexed usr, address indexed kpr, uint256 coin)',
  'event Yank(uint256 id)',
] as const

/** The price curves ("abaci"): each has its own parameters, all answer `price`. */
export const MAKER_CALC = [
  'function tau() view returns (uint256)',
  'function step() view returns (uint256)',
  'function cut() view returns (uint256)',
  'function price(uint256 top, uint256 dur) view returns (uint256)',
] as const

export const MAKER_SPOT = [
  'function par() view returns (uint256)',
  'function ilks(bytes32 ilk) view returns (address pip, uint256 mat)',
] as const

/** Between tokens and the Vat's books. */
export const MAKER_JOIN = [
  'function join(address usr, uint256 wad)',
  'function exit(address usr, uint256 wad)',
] as const

/** contracts/ClipTaker.sol: what the executor calls. */
export const CLIP_TAKER = [
  'function take(uint256 id, uint256 amt, uint256 max, uint256 pay) returns (uint256 paid, uint256 got)',
  'error NotOfOneVat()',
] as const

export const MAKER_VOW = [
  'function sump() view returns (uint256)',
  'function dump() view returns (uint256)',
  'function Sin() view returns (uint256)',
  'function Ash() view returns (uint256)',
  'function wait() view returns (uint256)',
  'function live() view returns (uint256)',
  'function flopper() view returns (address)',
  'function sin(uint256 era) view returns (uint256)',
  'function fess(uint256 tab)',
  'function flog(uint256 era)',
  'function heal(uint256 rad)',
  'function kiss(uint256 rad)',
  'function flop() returns (uint256 id)',
] as const

export const MAKER_FLOP = [
  'function beg() view returns (uint256)',
  'function pad() view returns (uint256)',
  'function ttl() view returns (uint48)',
  'function tau() view returns (uint48)',
  'function kicks() view returns (uint256)',
  'function bids(uint256 id) view returns (uint256 bid, uint256 lot, address guy, uint48 tic, uint48 end)',
  'function live() view returns (uint256)',
  'function wards(address account) view returns (uint256)',
  'function gem() view returns (address)',
  'function dent(uint256 id, uint256 lot, uint256 bid)',
  'function deal(uint256 id)',
  'function tick(uint256 id)',
  'function yank(uint256 id)',
  'event Kick(uint256 id, uint256 lot, uint256 bid, address indexed gal)',
] as const

/** The governance token and what guards its minting. */
export const MAKER_GOV = [
  'function authority() view returns (address)',
  'function owner() view returns (address)',
  'function canCall(address src, address dst, bytes4 sig) view returns (bool)',
  'event Mint(address indexed guy, uint256 wad)',
  'event Transfer(address indexed src, address indexed dst, uint256 wad)',
] as const
