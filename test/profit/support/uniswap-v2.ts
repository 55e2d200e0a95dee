import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '../../../src/devnet/artifacts/artifact.js'
import { packageFolder } from '../../../src/devnet/artifacts/package-artifact.js'
import { contractAt, type Contract, type Deployer } from '../../../src/devnet/deployer.js'
import { toAddress, type Address } from '../../../src/domain/chain.js'

/** The real Uniswap v2, as its package ships it compiled. */
export function uniswapV2Artifact(name: 'UniswapV2Factory' | 'UniswapV2Pair'): Artifact {
  const file = join(packageFolder('@uniswap/v2-core'), 'build', `${name}.json`)
  const { abi, bytecode } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Artifact, 'abi'> & { bytecode: string }
  return { name, abi, bytecode: `0x${bytecode.replace(/^0x/, '')}`, linkReferences: {} }
}

export const deployPairFactory = (on: Deployer): Promise<Contract> =>
  on.deploy(uniswapV2Artifact('UniswapV2Factory'), [on.from])

/** A pair of the factory with these reserves, which `give` moves to it. */
export async function openPair(
  on: Deployer,
  factory: Contract,
  sides: readonly [readonly [Address, bigint], readonly [Address, bigint]],
  give: (token: Address, to: Address, amount: bigint) => Promise<unknown>,
): Promise<Contract> {
  const tokens = sides.map(([token]) => token)
  await on.send(factory, 'createPair', tokens)
  const [address] = await on.read(factory, 'getPair', tokens)
  const pair = contractAt(uniswapV2Artifact('UniswapV2Pair'), toAddress(address as string))
  for (const [token, amount] of sides) await give(token, pair.address, amount)
  await on.send(pair, 'mint', [on.from])
  return pair
}
