import { openImageStores } from '../../dataroot/images/open-stores.ts'
import { identifyProcess } from '../../dataroot/records/process-identity.ts'
import type { ImageDeps, RegistryDeps } from '../../image/deps.ts'
import { fail, ok, type Result } from '../../model/errors.ts'
import type { Context, Refused } from '../context/context.ts'
import { exitCodes, giveUp } from '../context/context.ts'
import { openRegistries } from '../pulls/registry.ts'
import { openWorld } from './wire.ts'

type Opened = { readonly deps: ImageDeps; readonly close: () => void }

/** Opens the data-root with its image stores for a command that changes them. */
export async function openImages(context: Context): Promise<Result<Opened, Refused>> {
  const world = await openWorld(context)
  if (!world.ok) return world
  const { core, close } = world.value
  const at = openImageStores(context.paths)
  const owner = identifyProcess(process.pid)
  if (at.ok && owner !== null) return ok({ deps: { at: at.value, core, owner, nowMs: () => Date.now() }, close })
  close()
  return fail({ exit: exitCodes.failed, message: at.ok ? '/proc is not mounted' : at.error.message })
}

/** Runs a command on the image stores. */
export async function withImages(context: Context, act: (deps: ImageDeps) => Promise<number>): Promise<number> {
  const images = await openImages(context)
  if (!images.ok) return giveUp(context, images.error)
  try {
    return await act(images.value.deps)
  } finally {
    images.value.close()
  }
}

/** The same with a client for registries. */
export function withRegistry(context: Context, act: (deps: RegistryDeps) => Promise<number>): Promise<number> {
  return withImages(context, async deps => {
    const registry = openRegistries(context.options)
    if (!registry.ok) return giveUp(context, registry.error)
    try {
      return await act({ ...deps, registry: registry.value })
    } finally {
      registry.value.close()
    }
  })
}
