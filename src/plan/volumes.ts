import type { DesiredState, DesiredVolume } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import type { ObservedVolume } from '../model/observed.ts'
import type { Accepted } from './accepted.ts'
import { sortedBy } from './candidates.ts'
import { onlyMoved, sameOrigin } from './changes.ts'
import { exists, namedVolumes } from './container-volumes.ts'
import { addStep, type Draft, placeOf, volumeSubject } from './draft.ts'
import { positionOf } from './positions.ts'
import { same } from './same.ts'

/** Declared volumes, then those that only a mount names. Names are global: who mounts one need not own it. */
export function planVolumes(draft: Draft, desired: DesiredState, containers: readonly Accepted[]): void {
  const sorted = sortedBy(desired.volumes, orderKey)
  const first = new Map(sorted.toReversed().map(volume => [volume.name, preferOwner(draft, sorted, volume.name)]))
  for (const volume of sorted) planDeclared(draft, volume, first.get(volume.name) ?? volume)
  for (const container of containers) createNeeded(draft, container)
}

function preferOwner(draft: Draft, sorted: readonly DesiredVolume[], name: string): DesiredVolume | undefined {
  const claims = sorted.filter(volume => volume.name === name)
  const owner = draft.observed.volumes.find(volume => volume.name === name)?.origin?.source
  return claims.find(volume => volume.origin.source === owner) ?? claims[0]
}

function planDeclared(draft: Draft, volume: DesiredVolume, settled: DesiredVolume): void {
  const observed = draft.observed.volumes.find(({ name }) => name === volume.name)
  const owner = observed?.origin ?? settled.origin
  if (volume !== settled || owner.source !== volume.origin.source) return blockOwned(draft, volume, owner)
  if (observed === undefined) return createDeclared(draft, volume)
  const fields = changedVolumeFields(volume, observed)
  if (fields.length === 0) return
  addStep(draft, {
    subject: volumeSubject(volume.name),
    action: { kind: 'update-volume', name: volume.name, volume },
    reason: { code: 'record-changed', fields },
    class: observed.origin !== null && onlyMoved(fields) ? 'bookkeeping' : 'in-place',
    after: [],
    position: placeOf(volume.origin),
  })
}

function blockOwned(draft: Draft, volume: DesiredVolume, origin: DesiredVolume['origin']): void {
  const refusal = { code: 'owned-by', origin } as const
  draft.blocked.push({ subject: volumeSubject(volume.name), refusal, position: placeOf(volume.origin) })
}

function createDeclared(draft: Draft, volume: DesiredVolume): void {
  const step = addStep(draft, {
    subject: volumeSubject(volume.name),
    action: { kind: 'create-volume', name: volume.name, volume, anonymous: false },
    reason: { code: 'missing' },
    class: 'create',
    after: [],
    position: placeOf(volume.origin),
  })
  draft.made.set(volume.name, step)
}

function createNeeded(draft: Draft, container: Accepted): void {
  for (const { name, mount } of namedVolumes(container)) {
    draft.taken.add(name)
    if (exists(draft, name) || draft.made.has(name)) continue
    const step = addStep(draft, {
      subject: volumeSubject(name),
      action: { kind: 'create-volume', name, volume: null, anonymous: false },
      reason: { code: 'needed-by', subject: fullName(container.name) },
      class: 'create',
      after: [],
      position: positionOf(container, [`spec.mounts.${mount}`]),
    })
    draft.made.set(name, step)
  }
}

function changedVolumeFields(volume: DesiredVolume, observed: ObservedVolume): string[] {
  const compared: readonly (readonly [field: string, same: boolean])[] = [
    ['spec.labels', same(volume.labels, observed.labels)],
    ['spec.removal', volume.removal === observed.removal],
    ['origin', observed.origin !== null && sameOrigin(volume.origin, observed.origin)],
  ]
  return compared.filter(([, unchanged]) => !unchanged).map(([field]) => field)
}

const orderKey = ({ name, origin }: DesiredVolume) => [name, origin.source, origin.file, origin.line, origin.column]
