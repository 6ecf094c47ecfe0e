import { fail, ok, type Result } from '../../model/errors.ts'
import type { ReadLinks } from '../../observe/links.ts'
import type { ReadNames } from '../../observe/names.ts'
import type { Core } from '../../runtime/core.ts'
import type { SeenProxy, SeenResolver } from '../../runtime/network.ts'
import type { Refused } from '../context/context.ts'
import { openNativeCore } from './native-core.ts'

/** Lends a core that only looks: nothing of the data-root is touched, and nothing is made. */
export async function withOwnCore<T>(
  probeDir: string | null,
  use: (native: { readonly core: Core; readonly abi: string }) => T | Promise<T>,
): Promise<Result<T, Refused>> {
  const opened = await openNativeCore({ rootId: '000000000000', runDir: null, probeDir })
  if (!opened.ok) return opened
  try {
    return ok(await use(opened.value))
  } finally {
    opened.value.core.close()
  }
}

/** For commands that change nothing. Whoever may not enter namespaces, or can't have a core, sees no names. */
const readNamesOnce: ReadNames = async processes => {
  if (process.geteuid?.() !== 0) return []
  const read = await withOwnCore(null, ({ core }) => core.names(processes))
  return read.ok && read.value.ok ? read.value.value : []
}

/** Links, addresses and routes of the host and of containers. */
export const readLinksOnce: ReadLinks = async containers => {
  const read = await withOwnCore(null, ({ core }) => core.links(containers, true))
  return read.ok ? read.value : fail({ code: 'E_INTERNAL', message: read.error.message })
}

const lookAtResolverOnce = async (dir: string): Promise<Result<SeenResolver>> => {
  const read = await withOwnCore(null, ({ core }) => core.lookAtResolver(dir))
  return read.ok ? read.value : fail({ code: 'E_INTERNAL', message: read.error.message })
}

const lookAtProxyOnce = async (dir: string): Promise<Result<SeenProxy>> => {
  const read = await withOwnCore(null, ({ core }) => core.lookAtProxy(dir))
  return read.ok ? read.value : fail({ code: 'E_INTERNAL', message: read.error.message })
}

/** What commands that change nothing ask of the kernel by a core. */
export type AskOnce = {
  readonly readNames: ReadNames
  readonly readLinks: ReadLinks | null
  /** rules, too, which takes a run of nft */
  readonly readsRules: boolean
  readonly lookAtResolver: (dir: string) => Promise<Result<SeenResolver>>
  readonly lookAtProxy: (dir: string) => Promise<Result<SeenProxy>>
}

/** Whoever may not enter namespaces sees none of their links. */
export const askOnce: AskOnce = {
  readNames: readNamesOnce,
  readLinks: process.geteuid?.() === 0 ? readLinksOnce : null,
  readsRules: true,
  lookAtResolver: lookAtResolverOnce,
  lookAtProxy: lookAtProxyOnce,
}

/** For those that say nothing of the packet filter. */
export const askLinksOnce: AskOnce = { ...askOnce, readsRules: false }
