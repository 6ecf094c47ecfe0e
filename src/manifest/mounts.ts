import type { BindMount, Mount, TmpfsMount, VolumeMount } from '../model/desired.ts'
import type { Mount as LongMount, Spec } from './generated/manifests.ts'
import { volumeNameFault } from './names.ts'
import { hostPath, targetFault } from './paths.ts'
import { orReport, type Report } from './report.ts'
import { parseShortMount } from './short-mount.ts'
import { quote } from './text.ts'
import { bytesText, parseBytes } from './units.ts'

const maxMounts = 1000

/** Mounts in the manifest's order, with absolute bind sources; targets are clean and unique. */
export function resolveMounts(mounts: Spec['mounts'], manifestDirectory: string, report: Report): Mount[] {
  const written = mounts ?? []
  if (written.length > maxMounts) report(['spec', 'mounts'], `spec.mounts has more than ${maxMounts} mounts`)
  const targets = new Map<string, number>()
  return written.slice(0, maxMounts).flatMap((mount, index) => {
    const resolved = typeof mount === 'string' ? short(mount, index, report) : long(mount, index, report)
    if (resolved === null) return []
    const at = (field: string): (string | number)[] =>
      typeof mount === 'string' ? ['spec', 'mounts', index] : ['spec', 'mounts', index, field]
    checkTarget(resolved, index, targets, at('target'), report)
    return [completed(resolved, manifestDirectory, at, report)]
  })
}

function short(text: string, index: number, report: Report): Mount | null {
  const mount = orReport(report, ['spec', 'mounts', index], parseShortMount(text))
  if (mount === null || mount.type === 'volume') return mount
  return { ...mount, recursive: true, createSource: false }
}

function long(mount: LongMount, index: number, report: Report): Mount {
  const readOnly = mount.readOnly ?? false
  if (mount.type === 'volume') return volume(mount, readOnly)
  if (mount.type === 'tmpfs') {
    return {
      type: 'tmpfs',
      target: mount.target,
      readOnly,
      sizeBytes: tmpfsBytes(mount.size, index, report),
      mode: octal(mount.mode),
    }
  }
  const {
    source,
    target,
    recursive = true,
    propagation = 'rprivate',
    createSource = false,
    requireMount = false,
  } = mount
  const bind = { type: 'bind', source, target, readOnly, recursive, propagation, createSource } satisfies BindMount
  // only where it is asked for: what is the default changes no record
  return requireMount ? { ...bind, requireMount } : bind
}

const volume = (mount: Extract<LongMount, { type: 'volume' }>, readOnly: boolean): VolumeMount => ({
  type: 'volume',
  name: mount.name ?? null,
  target: mount.target,
  readOnly,
  noCopy: mount.noCopy ?? false,
})

const octal = (mode: string | undefined): TmpfsMount['mode'] => (mode === undefined ? null : Number.parseInt(mode, 8))

function tmpfsBytes(size: number | string | undefined, index: number, report: Report): number | null {
  if (size === undefined) return null
  const path = ['spec', 'mounts', index, 'size']
  const bytes = orReport(report, path, parseBytes(size))
  if (bytes !== null && bytes < 1) report(path, `${path.join('.')} must be more than 0, not ${bytesText(bytes)}`)
  return bytes
}

function checkTarget(
  { target }: Mount,
  index: number,
  targets: Map<string, number>,
  path: (string | number)[],
  report: Report,
): void {
  const fault = targetFault(target)
  const first = targets.get(target)
  if (fault !== null) report(path, `spec.mounts.${index}: ${fault}`)
  else if (first !== undefined) {
    report(
      path,
      `spec.mounts.${index}: the target ${quote(target)} is already taken by spec.mounts.${first}; choose another`,
    )
  }
  if (first === undefined) targets.set(target, index)
}

/** With its name checked, or its source made absolute. */
function completed(
  mount: Mount,
  manifestDirectory: string,
  at: (field: string) => (string | number)[],
  report: Report,
): Mount {
  if (mount.type === 'volume' && mount.name !== null) {
    const fault = volumeNameFault(mount.name)
    if (fault !== null) report(at('name'), fault)
  }
  if (mount.type !== 'bind') return mount
  const source = hostPath(mount.source, manifestDirectory)
  if ('path' in source) return { ...mount, source: source.path }
  report(at('source'), `the source ${source.fault}`)
  return mount
}
