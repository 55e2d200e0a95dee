import { isAddress } from 'ethers'
import { z } from 'zod'
import { toAddress } from '../domain/chain.js'
import { Secret } from './secret.js'
import { WRONG_CHECKSUM } from './venues.js'

/** The kinds of value a setting can have: each turns the text of an environment variable into a typed value. */

/** Text is never repeated in these messages: it may be a key that was put into the wrong line. */
const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** True when `text` is a URL of one of the protocols (`http:`). */
function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

/** Comma list of URLs of the given protocols. */
export const urlList = (...protocols: readonly string[]) =>
  z
    .string()
    .transform(list)
    .superRefine((urls, context) => {
      urls.forEach((url, i) => {
        if (isUrl(url, protocols)) return
        const wanted = protocols.map((p) => `${p}//`).join(', ')
        context.addIssue({
          code: 'custom',
          message: `entry ${i + 1} of the list is not a URL that starts with ${wanted}`,
        })
      })
    })

export const oneUrl = (...protocols: readonly string[]) =>
  z.string().refine((text) => isUrl(text, protocols), {
    message: `must be one URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  })

/** A positive decimal number with at most `decimals` fraction digits, as an integer of 10^-decimals units. */
export const decimal = (decimals: number, what: string) =>
  z
    .string()
    .regex(
      new RegExp(`^\\d{1,30}(\\.\\d{1,${decimals}})?$`),
      `must be ${what}, digits with an optional point, like 12.5`,
    )
    .transform((text) => {
      const [whole = '0', fraction = ''] = text.split('.')
      return BigInt(whole + fraction.padEnd(decimals, '0'))
    })

/** A whole number within bounds, both included. */
export const integer = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`)

export const bool = () =>
  z
    .string()
    .transform((text) => text.toLowerCase())
    .refine((text) => ['true', 'false'].includes(text), 'must be true or false')
    .transform((text) => text === 'true')

export const path = () => z.string()

export const addressOf = () =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'must be an address: 0x and 40 hex digits', abort: true })
    .refine(isAddress, WRONG_CHECKSUM)
    .transform(toAddress)

/** A key of a service, wrapped so that it cannot be printed. */
export const apiKey = () =>
  z
    .string()
    .regex(/^[\w.~-]{8,200}$/, 'must be 8 to 200 letters, digits, dashes, dots or underscores')
    .transform((text) => new Secret(text))

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A secp256k1 private key, wrapped so that it cannot be printed. */
export const privateKey = () =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, 'must be a private key: 0x and 64 hex digits')
    .refine((text) => {
      const key = /^0x[0-9a-fA-F]{64}$/.test(text) ? BigInt(text) : 1n
      return key > 0n && key < CURVE_ORDER
    }, 'is no valid private key (zero or above the order of the curve)')
    .transform((text) => new Secret(text.toLowerCase()))
