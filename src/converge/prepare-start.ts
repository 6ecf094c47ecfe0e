import { existsSync } from 'node:fs'
import { readHostEtc, writeEtcFiles } from '../dataroot/rootfs/etc-files.ts'
import { effectiveHostname, type HostEtc } from '../dataroot/rootfs/etc-text.ts'
import { hostRootfs } from '../dataroot/rootfs/host-skeleton.ts'
import { containerPaths, containerRunDir, imagePaths } from '../dataroot/layout/paths.ts'
import { containerRoot } from '../dataroot/images/container-layers.ts'
import { networkMembers } from '../dataroot/objects/hosts.ts'
import { storedNetworks } from '../dataroot/objects/networks.ts'
import { recordedSettings } from '../dataroot/images/recorded-settings.ts'
import { recordedMounts } from '../model/recorded-mounts.ts'
import type { BindMount } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { PlanMount, StartPlan } from '../runtime/plan.ts'
import { needsRootCopy } from './copy-rootfs.ts'
import type { ConvergeDeps } from './deps.ts'
import { type JoinedNamespace, joinedNamespaces, networkFiles } from './joins.ts'
import { recordedPlanMount } from './mount-source.ts'
import { inMountOrder, planMount } from './mounts.ts'
import { recordedInterfaces } from './networks.ts'
import { startPlan, type StartPlaces } from './start-plan.ts'

/** Everything that a start needs on the host, made anew as at every start; then what the shim is told. `proxied`: sockets that the proxy holds for it. */
export function prepareStart(
  deps: ConvergeDeps,
  record: ContainerRecord,
  proxied: readonly string[] = [],
): Result<StartPlan> {
  const { paths, rootId, heldCapabilities } = deps
  const host = readHostEtc()
  const recorded = recordedSettings(paths, record)
  if (!recorded.known) return fail({ code: 'E_STATE', message: recorded.why })
  const base = baseOf(deps, record)
  if (!base.ok) return base
  const joined = joinedNamespaces(deps, record)
  if (!joined.ok) return joined
  const hostname = hostnameOf(record, host, joined.value)
  const interfaces = recordedInterfaces(deps, record)
  if (!interfaces.ok) return interfaces
  const isMember = record.endpoints !== undefined
  const members = isMember ? networkMembers(paths) : []
  const networks = isMember ? storedNetworks(paths) : []
  const etc = writeEtcFiles(paths, record, host, { hostname, members, networks })
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
      lowers: base.value.lowers,
      upper: base.value.upper,
      work: base.value.work,
      settings: recorded.value.settings,
      // the container's own mounts lie over what the host shows
      mounts: [...hostBinds, ...mounts.value],
      interfaces: interfaces.value,
      proxied,
      hostname,
      joins: joined.value.map(({ namespace, name, pid, startTicks }) => ({ namespace, name, pid, startTicks })),
      network: networkFiles(deps, record, joined.value),
      heldCapabilities,
    }),
  )
}

/** With another container's UTS namespace, that one's. */
function hostnameOf(record: ContainerRecord, host: HostEtc, joined: readonly JoinedNamespace[]): string {
  const { id, declaration } = joined.find(({ namespace }) => namespace === 'uts')?.of ?? record
  return effectiveHostname(declaration.spec, id, host)
}

type Base = Pick<StartPlaces, 'lowers' | 'upper' | 'work'> & { readonly binds: readonly BindMount[] }

/** What the container's root is made of; E_STATE: a layer of its image is missing or damaged. */
function baseOf({ paths, core }: ConvergeDeps, { id, image, declaration }: ContainerRecord): Result<Base> {
  if (image !== null) {
    const root = containerRoot(imagePaths(paths), id)
    return root.ok ? ok({ ...root.value, binds: [] }) : root
  }
  const { upper, work, rootCopy } = containerPaths(paths, id)
  const { rootfs } = declaration.spec
  if (rootfs === null) return fail({ code: 'E_STATE', message: 'its record names neither a rootfs nor an image' })
  const host = rootfs === 'host' ? hostRootfs(paths) : ok({ lower: rootfs, binds: [] })
  if (!host.ok) return host
  const { lower, binds } = host.value
  if (existsSync(rootCopy)) return ok({ lowers: [], upper: rootCopy, work: rootCopy, binds })
  if (!needsRootCopy({ core })) return ok({ lowers: [lower], upper, work, binds })
  const message = `it was made for an overlay, but ${core.features.overlayWhy}; remove it, and it is made anew as a copy`
  return fail({ code: 'E_STATE', message })
}

function containerMounts(deps: ConvergeDeps, record: ContainerRecord): Result<PlanMount[]> {
  const mounts: PlanMount[] = []
  for (const mount of inMountOrder(recordedMounts(record))) {
    const made = recordedPlanMount(deps, record, mount)
    if (!made.ok) return made
    mounts.push(made.value)
  }
  return ok(mounts)
}
