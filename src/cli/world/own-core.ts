import type { Result } from '../../model/errors.ts'
import { ok } from '../../model/errors.ts'
import type { ReadNames } from '../../observe/names.ts'
import type { Core } from '../../runtime/core.ts'
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
export const readNamesOnce: ReadNames = async processes => {
  if (process.geteuid?.() !== 0) return []
  const read = await withOwnCore(null, ({ core }) => core.names(processes))
  return read.ok && read.value.ok ? read.value.value : []
}
