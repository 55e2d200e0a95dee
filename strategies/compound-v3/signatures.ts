import { COMET, COMET_EVENTS } from '../../abis/compound-v3.js'
import { ERC20 } from '../../abis/erc20.js'
import { callsOf, topicsOf } from '../../src/domain/abi-calls.js'

export const COMET_CALL = callsOf(COMET)
export const TOKEN_CALL = callsOf(ERC20)
export const COMET_TOPIC = topicsOf(COMET_EVENTS)
