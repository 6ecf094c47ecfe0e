import {
  type ContainerSpec,
  type DesiredContainer,
  joinedName,
  type NamespaceKind,
  type Origin,
  type Sharing,
} from '../model/desired.ts'
import type { Position } from '../model/identity.ts'
import { resolveArguments } from './arguments.ts'
import { resolveDependsOn } from './depends-on.ts'
import { specDigest } from './digest.ts'
import { type ReadFile, resolveEnv } from './environment.ts'
import type { ContainerManifest, Spec } from './generated/manifests.ts'
import { resolveHealth } from './health.ts'
import { declaredLimits, resolveUlimits, shmBytes } from './limits.ts'
import { resolveMounts } from './mounts.ts'
import { resolveNaming } from './naming.ts'
import { resolveNetworks } from './networks.ts'
import { resolveOnChange } from './on-change.ts'
import { resolveBase } from './base.ts'
import { hostnameFault, userFault } from './names.ts'
import { manifestDirectory, pathFault } from './paths.ts'
import { parseSignal, resolveCapabilities } from './privileges.ts'
import { orReport, type Report } from './report.ts'
import { restartPolicy } from './restart.ts'
import { resolveSysctls } from './sysctls.ts'
import { parseBytes, parseDurationMs } from './units.ts'

export type Place = {
  readonly origin: Origin
  readonly positions: Readonly<Record<string, Position>>
}

/** A manifest that fits its schema → what it asks for, with all defaults; mistakes in values are reported. */
export function resolveContainer(
  { metadata, spec }: ContainerManifest,
  { origin, positions }: Place,
  readFile: ReadFile,
  report: Report,
): DesiredContainer {
  const resolved = resolveSpec(spec, manifestDirectory(origin.file), readFile, report)
  const onChange = resolveOnChange(spec.mounts, report)
  return {
    name: { project: metadata.project ?? null, name: metadata.name },
    labels: { ...metadata.labels },
    spec: resolved,
    digest: specDigest(resolved),
    limits: declaredLimits(spec.limits ?? {}, report),
    bestEffort: spec.limits?.bestEffort ?? false,
    restart: restartPolicy(spec.restart, report),
    stop: stopRule(spec, report),
    state: spec.state ?? 'running',
    heal: spec.heal ?? 'auto',
    // only where it is asked for: what is the default changes no record
    ...(onChange === undefined ? {} : { onChange }),
    pull: spec.pull ?? 'missing',
    ...resolveDependsOn(spec, report),
    ...resolveHealth(spec, report),
    ...resolveNetworks(spec, report),
    ...resolveNaming(spec, report),
    origin,
    positions,
    declaresRestart: spec.restart !== undefined,
  }
}

function resolveSpec(spec: Spec, directory: string, readFile: ReadFile, report: Report): ContainerSpec {
  const limits = spec.limits ?? {}
  const namespaces = resolveNamespaces(spec)
  const base = resolveBase(spec, report)
  checkNames(spec, namespaces, report)
  if (spec.init === true && namespaces.pid !== 'private') report(['spec', 'init'], needsOwnPids(namespaces.pid), 'key')
  const workingDir = spec.workingDir ?? (base.image === null ? '/' : '')
  if (spec.workingDir !== undefined) checkPath(workingDir, ['spec', 'workingDir'], report)
  return {
    ...base,
    ...resolveArguments(spec, report),
    env: resolveEnv({ env: spec.env, envFiles: spec.envFiles }, directory, readFile, report),
    user: spec.user ?? '',
    workingDir,
    hostname: spec.hostname ?? null,
    domainname: spec.domainname ?? '',
    mounts: resolveMounts(spec.mounts, directory, report),
    namespaces,
    capabilities: {
      add: resolveCapabilities(spec.capabilities?.add, 'add', report),
      drop: resolveCapabilities(spec.capabilities?.drop, 'drop', report),
    },
    security: resolveSecurity(spec, report),
    sysctls: resolveSysctls(spec.sysctls, namespaces, report),
    ulimits: resolveUlimits(limits, report),
    oomScoreAdj: limits.oomScoreAdj ?? null,
    // only where it is asked for: what is the default changes no digest
    ...(spec.init === true ? { init: true } : {}),
    ...(spec.tty === true ? { tty: true } : {}),
    shmSizeBytes: shmBytes(limits, report),
    logging: resolveLogging(spec, report),
  }
}

const needsOwnPids = (pid: Sharing): string =>
  `spec.init can not be the first process where namespaces.pid is ${pid}; remove one of them`

function resolveNamespaces({ namespaces }: Spec): Readonly<Record<NamespaceKind, Sharing>> {
  const own = { pid: 'private', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' } as const
  const written = { ...own, ...(namespaces as Partial<Record<NamespaceKind, Sharing>> | undefined) }
  // one of its own, like any other; that there is nothing in it but a loopback is said by its empty list of networks
  return namespaces?.net === 'none' ? { ...written, net: 'private' } : written
}

function checkPath(path: string, at: readonly (string | number)[], report: Report): void {
  const fault = pathFault(path)
  if (fault !== null) report(at, `${at.join('.')}: ${fault}`)
}

function checkNames(spec: Spec, namespaces: Readonly<Record<NamespaceKind, Sharing>>, report: Report): void {
  const user = spec.user === undefined ? null : userFault(spec.user)
  if (user !== null) report(['spec', 'user'], `spec.user: ${user}`)
  for (const field of ['hostname', 'domainname'] as const) {
    const value = spec[field]
    if (value === undefined) continue
    const fault = hostnameFault(value)
    if (fault !== null) report(['spec', field], `spec.${field}: ${fault}`)
    else if (namespaces.uts !== 'private') {
      const whom = joinedName(namespaces.uts) ?? 'the host'
      report(
        ['spec', field],
        `spec.${field} would rename ${whom}, because namespaces.uts is ${namespaces.uts}; remove one of them`,
        'key',
      )
    }
  }
}

function resolveSecurity({ security }: Spec, report: Report): ContainerSpec['security'] {
  const paths = (field: 'maskedPaths' | 'readonlyPaths'): 'default' | readonly string[] => {
    const value = security?.[field] ?? 'default'
    if (value === 'default') return value
    for (const [index, path] of value.entries()) checkPath(path, ['spec', 'security', field, index], report)
    return [...new Set(value)].sort()
  }
  return {
    readOnlyRoot: security?.readOnlyRoot ?? false,
    noNewPrivileges: security?.noNewPrivileges ?? false,
    maskedPaths: paths('maskedPaths'),
    readonlyPaths: paths('readonlyPaths'),
  }
}

const defaultGraceMs = 10_000

function stopRule({ stop, image }: Spec, report: Report): DesiredContainer['stop'] {
  const signal =
    stop?.signal === undefined ? null : orReport(report, ['spec', 'stop', 'signal'], parseSignal(stop.signal))
  const graceMs =
    stop?.grace === undefined ? null : orReport(report, ['spec', 'stop', 'grace'], parseDurationMs(stop.grace))
  const isImage = image !== undefined
  return { signal: signal ?? (isImage ? null : 'SIGTERM'), graceMs: graceMs ?? (isImage ? null : defaultGraceMs) }
}

const defaultLogBytes = 10 * 1024 * 1024
const minLogBytes = 1024

function resolveLogging({ logging }: Spec, report: Report): ContainerSpec['logging'] {
  const maxFile = logging?.maxFile ?? 3
  if (logging?.maxSize === undefined) return { maxSizeBytes: defaultLogBytes, maxFile }
  const path = ['spec', 'logging', 'maxSize']
  const bytes = orReport(report, path, parseBytes(logging.maxSize))
  if (bytes === -1) return { maxSizeBytes: null, maxFile }
  if (bytes !== null && bytes < minLogBytes)
    report(path, 'spec.logging.maxSize must be at least 1Ki, or -1 for no rotation')
  return { maxSizeBytes: bytes, maxFile }
}
