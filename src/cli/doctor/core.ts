import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import { openNativeCore } from '../world/native-core.ts'
import { storageLine } from './storage-line.ts'

type CoreLines = { readonly storage: DoctorLine; readonly core: DoctorLine }

/** Opens the core in a place of its own, so that nothing of the data-root is touched, and asks what it can do. */
export async function coreLines(paths: DataRootPaths): Promise<CoreLines> {
  if (process.geteuid?.() !== 0) return unprivileged(paths)
  const place = mkdtempSync(join(tmpdir(), 'reconcile-doctor-'))
  try {
    const core = await openNativeCore({ rootId: '000000000000', runDir: place, probeDir: nearest(paths.root) })
    if (!core.ok) return broken(paths, core.error.message)
    const { features } = core.value.core
    const { abi } = core.value
    core.value.core.close()
    return { storage: storageLine(paths, features), core: coreLine(abi) }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The file system that the data-root is on, or will be. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)))

const coreLine = (abi: string): DoctorLine => ({
  name: 'core',
  found: `abi ${abi}`,
  verdict: 'ok',
  advice: null,
})

const unprivileged = (paths: DataRootPaths): CoreLines => ({
  storage: {
    name: 'storage',
    found: `overlay on ${paths.root} not tried`,
    verdict: 'limited',
    advice: 'root can try it',
  },
  core: { name: 'core', found: 'not opened', verdict: 'limited', advice: 'containers need root' },
})

const broken = (paths: DataRootPaths, why: string): CoreLines => ({
  storage: {
    name: 'storage',
    found: `overlay on ${paths.root} not tried`,
    verdict: 'limited',
    advice: 'it needs the core',
  },
  core: { name: 'core', found: 'not usable', verdict: 'missing', advice: why },
})
