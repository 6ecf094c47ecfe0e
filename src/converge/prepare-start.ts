import { mkdirSync } from 'node:fs'
import { readHostEtc, writeEtcFiles } from '../dataroot/etc-files.ts'
import { effectiveHostname } from '../dataroot/etc-text.ts'
import { hostRootfs } from '../dataroot/host-skeleton.ts'
import { attempt } from '../dataroot/io.ts'
import { containerPaths, containerRunDir } from '../dataroot/paths.ts'
import { volumeData } from '../dataroot/volumes.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { PlanMount, StartPlan } from '../runtime/plan.ts'
import type { ConvergeDeps } from './deps.ts'
import { inMountOrder, planMount } from './mounts.ts'
import { startPlan } from './start-plan.ts'

/** Everything that a start needs on the host, made anew as at every start; then what the shim is told. */
export function prepareStart(deps: ConvergeDeps, record: ContainerRecord): Result<StartPlan> {
  const { paths, rootId, heldCapabilities } = deps
  const { spec } = record.declaration
  const host = readHostEtc()
  const base = spec.rootfs === 'host' ? hostRootfs(paths) : ok({ lower: spec.rootfs ?? '', binds: [] })
  if (!base.ok) return base
  const etc = writeEtcFiles(paths, record, host)
  if (!etc.ok) return etc
  const mounts = containerMounts(deps, record)
  if (!mounts.ok) return mounts
  const hostBinds = base.value.binds.map(bind => planMount(bind, bind.source))
  const at = containerPaths(paths, record.id)
  return ok(
    startPlan(record, {
      at,
      rootId,
      containerRunDir: containerRunDir(paths, rootId, record.id),
      metadataDb: paths.metadataDb,
      lowers: [base.value.lower],
      // the container's own mounts lie over what the host shows
      mounts: [...hostBinds, ...mounts.value],
      hostname: effectiveHostname(spec, record.id, host),
      heldCapabilities,
    }),
  )
}

function containerMounts({ paths }: ConvergeDeps, record: ContainerRecord): Result<PlanMount[]> {
  const mounts: PlanMount[] = []
  for (const mount of inMountOrder(record.declaration.spec.mounts)) {
    const source =
      mount.type === 'volume'
        ? volumeSource(paths, mount.name ?? record.anonymousVolumes[mount.target] ?? null)
        : mount.type === 'bind'
          ? bindSource(mount.source, mount.createSource)
          : ok('')
    if (!source.ok) return source
    mounts.push(planMount(mount, source.value))
  }
  return ok(mounts)
}

function volumeSource(paths: ConvergeDeps['paths'], name: string | null): Result<string> {
  const data = name === null ? null : volumeData(paths, name)
  if (data?.known === false) return fail({ code: 'E_STATE', message: data.why })
  if (data === null || data.value === null) return fail({ code: 'E_GONE', message: `no such volume: ${name}` })
  return ok(data.value)
}

const bindSource = (path: string, create: boolean): Result<string> =>
  create ? attempt('create', path, () => (mkdirSync(path, { recursive: true, mode: 0o755 }), path)) : ok(path)
