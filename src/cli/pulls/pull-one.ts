import { openImageStores } from '../../dataroot/images/open-stores.ts'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import { identifyProcess } from '../../dataroot/records/process-identity.ts'
import type { RegistryDeps } from '../../image/deps.ts'
import { hostPlatform } from '../../image/host-platform.ts'
import { pullImage } from '../../image/pull.ts'
import { fail, ok, type Result } from '../../model/errors.ts'
import { parseReference } from '../../model/reference.ts'
import type { Core } from '../../runtime/core.ts'
import type { GlobalOptions } from '../context/options.ts'
import type { PullOne } from './pulls.ts'
import { openRegistries } from './registry.ts'

/** Opens the stores, and the client for registries until `closed` aborts. */
export function puller(paths: DataRootPaths, core: Core, options: GlobalOptions, closed: AbortSignal): Result<PullOne> {
  const at = openImageStores(paths)
  if (!at.ok) return at
  const owner = identifyProcess(process.pid)
  if (owner === null) return fail({ code: 'E_STATE', message: '/proc is not mounted' })
  const registry = openRegistries(options)
  if (!registry.ok) return fail({ code: 'E_SPEC', message: registry.error.message })
  closed.addEventListener('abort', () => registry.value.close(), { once: true })
  const deps: RegistryDeps = { at: at.value, core, owner, nowMs: () => Date.now(), registry: registry.value }
  return ok(async (text, onProgress, signal) => {
    const reference = parseReference(text)
    if (!reference.ok) return reference
    return pullImage(deps, reference.value, { platform: hostPlatform() }, onProgress, signal)
  })
}
