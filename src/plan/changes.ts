import type { ContainerDeclaration, ContainerSpec, DesiredContainer, Mount, Origin } from '../model/desired.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { differingKeys, same } from './same.ts'

const specPaths: Readonly<Record<keyof ContainerSpec, string>> = {
  rootfs: 'spec.rootfs',
  image: 'spec.image',
  entrypoint: 'spec.entrypoint',
  command: 'spec.command',
  env: 'spec.env',
  user: 'spec.user',
  workingDir: 'spec.workingDir',
  hostname: 'spec.hostname',
  domainname: 'spec.domainname',
  mounts: 'spec.mounts',
  namespaces: 'spec.namespaces',
  capabilities: 'spec.capabilities',
  security: 'spec.security',
  sysctls: 'spec.sysctls',
  ulimits: 'spec.limits.ulimits',
  oomScoreAdj: 'spec.limits.oomScoreAdj',
  init: 'spec.init',
  tty: 'spec.tty',
  shmSizeBytes: 'spec.limits.shmSize',
  logging: 'spec.logging',
}

/** Digests tell; when they differ, the fields have the last word: a new way to digest recreates nothing. */
export const sameSpec = (wanted: ContainerDeclaration, recorded: ContainerDeclaration): boolean =>
  wanted.digest === recorded.digest || changedSpecFields(wanted.spec, recorded.spec).length === 0

/** Manifest paths of what differs, e.g. `spec.command`, `spec.env.TZ`, `spec.mounts.0`. */
export function changedSpecFields(wanted: ContainerSpec, recorded: ContainerSpec): string[] {
  const keys = Object.keys(specPaths) as (keyof ContainerSpec)[]
  return keys
    .filter(key => !same(wanted[key], recorded[key]))
    .flatMap(key => inside(wanted[key], recorded[key]).map(part => specPaths[key] + part))
}

function inside(wanted: unknown, recorded: unknown): string[] {
  if (isMap(wanted) && isMap(recorded)) return differingKeys(wanted, recorded).map(key => `.${withoutUnit(key)}`)
  if (isMounts(wanted) && isMounts(recorded) && wanted.length === recorded.length)
    return wanted.flatMap((mount, index) => (same(mount, recorded[index]) ? [] : [`.${index}`]))
  return ['']
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isMounts = (value: unknown): value is readonly Mount[] =>
  Array.isArray(value) && value.length > 0 && value.every(isMap)
const withoutUnit = (key: string) => (key === 'maxSizeBytes' ? 'maxSize' : key)

/** Differences that need no more than another record; `origin` is the manifest's place. */
export const changedRecordFields = (wanted: DesiredContainer, recorded: ObservedContainer): string[] =>
  recordFields
    .flatMap(([field, isUnchanged]) => (isUnchanged(wanted, recorded.declaration) ? [] : [field]))
    .concat(sameOrigin(wanted.origin, recorded.origin) ? [] : ['origin'])

type Compare = (wanted: DesiredContainer, before: ContainerDeclaration) => boolean

const recordFields: readonly (readonly [field: string, isUnchanged: Compare])[] = [
  ['metadata.labels', (wanted, before) => same(wanted.labels, before.labels)],
  ['spec.limits', (wanted, before) => same(wanted.limits, before.limits)],
  ['spec.limits.bestEffort', (wanted, before) => wanted.bestEffort === before.bestEffort],
  ['spec.restart', (wanted, before) => same(wanted.restart, before.restart)],
  ['spec.stop', (wanted, before) => same(wanted.stop, before.stop)],
  ['spec.state', (wanted, before) => wanted.state === before.state],
  ['spec.heal', (wanted, before) => wanted.heal === before.heal],
  ['spec.mounts.onChange', (wanted, before) => same(wanted.onChange ?? {}, before.onChange ?? {})],
  ['spec.pull', (wanted, before) => wanted.pull === before.pull],
  ['spec.dependsOn', (wanted, before) => same(wanted.dependsOn ?? [], before.dependsOn ?? [])],
  ['spec.health', (wanted, before) => same(wanted.health ?? null, before.health ?? null)],
  ['spec.networks', (wanted, before) => same(wanted.networks ?? [], before.networks ?? [])],
  ['spec.ports', (wanted, before) => same(wanted.ports ?? [], before.ports ?? [])],
  ['spec.dns', (wanted, before) => same(wanted.dns ?? [], before.dns ?? [])],
  ['spec.dnsSearch', (wanted, before) => same(wanted.dnsSearch ?? [], before.dnsSearch ?? [])],
  ['spec.dnsOptions', (wanted, before) => same(wanted.dnsOptions ?? [], before.dnsOptions ?? [])],
  ['spec.extraHosts', (wanted, before) => same(wanted.extraHosts ?? [], before.extraHosts ?? [])],
  ['spec.links', (wanted, before) => same(wanted.links ?? [], before.links ?? [])],
  ['digest', (wanted, before) => wanted.digest === before.digest],
]

/** Only where something stands in its manifests has changed, not what it says. */
export const onlyMoved = (fields: readonly string[]): boolean =>
  fields.every(field => field === 'origin' || field === 'digest')

export const sameOrigin = (a: Origin, b: Origin): boolean =>
  a.source === b.source && a.file === b.file && a.line === b.line && a.column === b.column
