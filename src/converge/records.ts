import { readRecord, writeDockerState, writeRecord } from '../dataroot/objects/containers.ts'
import { createdState, readDockerState } from '../dataroot/docker/state.ts'
import type { ContainerDeclaration, DesiredContainer } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { ConvergeDeps } from './deps.ts'

/** The record of a container that a step is about. E_STATE: unreadable; E_GONE: none. */
export function storedRecord({ paths }: ConvergeDeps, id: string): Result<ContainerRecord> {
  const record = readRecord(paths, id)
  if (!record.known) return fail({ code: 'E_STATE', message: record.why })
  if (record.value === null) return fail({ code: 'E_GONE', message: `container ${id.slice(0, 12)} has no record` })
  return ok(record.value)
}

/** What a record keeps of a manifest's container. */
export function declarationOf(container: DesiredContainer): ContainerDeclaration {
  const { name, labels, spec, digest, limits, bestEffort, restart, stop, state, heal, pull } = container
  const { onChange, dependsOn, health, networks, ports, dns, dnsSearch, dnsOptions, extraHosts, links } = container
  const kept = { name, labels, spec, digest, limits, bestEffort, restart, stop, state, heal, pull }
  return {
    ...kept,
    ...(onChange === undefined ? {} : { onChange }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(health === undefined ? {} : { health }),
    ...(networks === undefined ? {} : { networks }),
    ...(ports === undefined ? {} : { ports }),
    ...(dns === undefined ? {} : { dns }),
    ...(dnsSearch === undefined ? {} : { dnsSearch }),
    ...(dnsOptions === undefined ? {} : { dnsOptions }),
    ...(extraHosts === undefined ? {} : { extraHosts }),
    ...(links === undefined ? {} : { links }),
  }
}

/**
 * Replaces a record. Docker's files, which show policy, labels, limits and mounts too, come first, with the state that they
 * had: as long as the record is the old one, both are written again.
 */
export async function replaceRecord({ paths }: ConvergeDeps, record: ContainerRecord): Promise<Result<void>> {
  const state = readDockerState(paths, record.id)
  const shown = await writeDockerState(paths, record, (state.known ? state.value : null) ?? createdState)
  return shown.ok ? writeRecord(paths, record) : shown
}
