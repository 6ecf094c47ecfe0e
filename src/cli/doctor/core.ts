import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DataRootPaths } from '../../dataroot/layout/paths.ts'
import type { DoctorLine } from '../../status/host/doctor.ts'
import { withOwnCore } from '../world/own-core.ts'
import { storageLine } from './storage-line.ts'

type CoreLines = { readonly storage: DoctorLine; readonly core: DoctorLine }

/** Asks a core what it can do. */
export async function coreLines(paths: DataRootPaths): Promise<CoreLines> {
  if (process.geteuid?.() !== 0) return unprivileged(paths)
  const lines = await withOwnCore(nearest(paths.root), ({ core: { features }, abi }) => ({
    storage: storageLine(paths, features),
    core: coreLine(abi),
  }))
  return lines.ok ? lines.value : broken(paths, lines.error.message)
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
