import { stageRules, writeLastRuleset } from '../dataroot/objects/networks.ts'
import { fail, ok } from '../model/errors.ts'
import { applyRules, listRuleset, nftOf } from '../runtime/nft.ts'
import { nftCommands } from '../runtime/nft-rules.ts'
import type { Executor } from './deps.ts'

/** The whole table at once; what the kernel shows of it then is what later looks are compared with. */
export const applyRuleset: Executor<'apply-ruleset'> = async ({ paths, core, rootId }, { ruleset }) => {
  const file = stageRules(paths, JSON.stringify(nftCommands(rootId, ruleset)))
  if (!file.ok) return file
  const nft = nftOf(core)
  const applied = await applyRules(nft, file.value)
  if (!applied.ok) return applied
  const { listed } = await listRuleset(nft, rootId)
  if (!listed.known) return fail({ code: 'E_KERNEL_FEATURE', message: listed.why })
  const last = ruleset === null || listed.value === null ? null : { version: 1 as const, ruleset, listed: listed.value }
  const written = writeLastRuleset(paths, last)
  return written.ok ? ok({}) : written
}
