import { existsSync } from 'node:fs'
import { volumePaths } from '../dataroot/layout/paths.ts'
import { createVolume, listVolumes } from '../dataroot/objects/volumes.ts'
import type { VolumeMount } from '../model/desired.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import { recordedMounts, recordedVolume } from '../model/recorded-mounts.ts'
import type { ConvergeDeps } from './deps.ts'
import { inMountOrder } from './mounts.ts'
import { volumeSource } from './volume-source.ts'

/** An empty volume begins with what the image has at its target: once, when its container is made. */
export async function fillVolumes(
  deps: ConvergeDeps,
  record: ContainerRecord,
  lowers: readonly string[],
): Promise<Result<readonly string[]>> {
  const warnings: string[] = []
  for (const mount of inMountOrder(recordedMounts(record))) {
    if (mount.type !== 'volume') continue
    const filled = await fillVolume(deps, record, mount, lowers)
    if (!filled.ok) return filled
    warnings.push(...filled.value)
  }
  return ok(warnings)
}

/** The same of one of them; what is in a volume already stays as it is. */
export async function fillVolume(
  deps: ConvergeDeps,
  record: ContainerRecord,
  mount: VolumeMount,
  lowers: readonly string[],
): Promise<Result<readonly string[]>> {
  const name = volumeOf(deps, record, mount)
  if (!name.ok) return name
  const { data, staged } = volumePaths(deps.paths, name.value)
  const from = { lowers: mount.noCopy ? [] : lowers, path: mount.target }
  const copied = await deps.core.copyUp({ ...from, target: data, staging: staged })
  return copied.ok ? ok(copied.value.warnings) : copied
}

/** Its name. An anonymous volume is made here, after the record that names it: nothing could tell whose it was otherwise. */
function volumeOf({ paths }: ConvergeDeps, record: ContainerRecord, mount: VolumeMount): Result<string> {
  const name = recordedVolume(record, mount)
  if (mount.name === null && name !== null) {
    const made = createVolume(paths, {
      version: 1,
      name,
      anonymous: true,
      removal: 'keep',
      labels: {},
      origin: null,
    })
    if (!made.ok) return made
  }
  const source = volumeSource(paths, name)
  return source.ok && name !== null ? ok(name) : source
}

/**
 * What a crash left between a volume's staged first content and the volume goes where it belongs, before anybody takes half
 * of it for all. Gives one sentence for each volume where that fails.
 */
export async function finishFilling({ paths, core }: Pick<ConvergeDeps, 'paths' | 'core'>): Promise<readonly string[]> {
  const listed = listVolumes(paths)
  if (!listed.ok) return [listed.error.message]
  const sentences: string[] = []
  for (const { name } of listed.value) {
    const { data, staged, unfinished } = volumePaths(paths, name)
    if (!existsSync(staged) && !existsSync(unfinished)) continue
    const finished = await core.copyUp({ lowers: [], path: '/', target: data, staging: staged })
    if (!finished.ok) sentences.push(`volume ${name}: its first content is incomplete: ${finished.error.message}`)
  }
  return sentences
}
