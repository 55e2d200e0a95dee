import type { Settings } from '../../config/settings.js'
import type { PriceUpdateSource } from '../source.js'
import { AtlasHints } from './atlas.js'
import type { SourceContext } from './context.js'
import { MevShareHints } from './mev-share.js'
import { PendingTransmits } from './pending-transmits.js'
import { TitanOfa } from './titan-ofa.js'

export type SourceSettings = Pick<
  Settings,
  'pendingTransmits' | 'mevShareStreamUrl' | 'titanOfaUrl' | 'titanOfaKey' | 'atlasUrl' | 'atlasSolverKey'
>

/**
 * The channels of prices that have not landed, as the settings name them. Landed rounds come with the logs that are read
 * anyway (`landed-rounds.ts`). Throws `SettingsError` naming the credential that a channel lacks. To add a channel: a file
 * beside these, its settings, a line here.
 */
export function sourcesOf(settings: SourceSettings, context: SourceContext): PriceUpdateSource[] {
  const { pendingTransmits, mevShareStreamUrl, titanOfaUrl, titanOfaKey, atlasUrl, atlasSolverKey } = settings
  const sources: PriceUpdateSource[] = []
  if (pendingTransmits) sources.push(new PendingTransmits(context))
  if (mevShareStreamUrl !== null) sources.push(new MevShareHints(mevShareStreamUrl, context))
  if (titanOfaUrl !== null) sources.push(new TitanOfa(titanOfaUrl, titanOfaKey, context))
  if (atlasUrl !== null) sources.push(new AtlasHints(atlasUrl, atlasSolverKey, context))
  return sources
}
