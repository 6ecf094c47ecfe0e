import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { ok } from '../../model/errors.ts'
import type { ReadNames } from '../../observe/names.ts'
import type { Core } from '../../runtime/core.ts'
import type { Refused } from '../context/context.ts'
import { openNativeCore } from './native-core.ts'

/** Lends a core in a place of its own, so that nothing of the data-root is touched. */
export async function withOwnCore<T>(
  probeDir: string | null,
  use: (native: { readonly core: Core; readonly abi: string }) => T | Promise<T>,
): Promise<Result<T, Refused>> {
  const place = mkdtempSync(join(tmpdir(), 'reconcile-core-'))
  try {
    const opened = await openNativeCore({ rootId: '000000000000', runDir: place, probeDir })
    if (!opened.ok) return opened
    try {
      return ok(await use(opened.value))
    } finally {
      opened.value.core.close()
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** For commands that change nothing. Whoever may not enter namespaces, or can't have a core, sees no names. */
export const readNamesOnce: ReadNames = async processes => {
  if (process.geteuid?.() !== 0) return []
  try {
    const read = await withOwnCore(null, ({ core }) => core.names(processes))
    return read.ok && read.value.ok ? read.value.value : []
  } catch {
    // no room for that place
    return []
  }
}
