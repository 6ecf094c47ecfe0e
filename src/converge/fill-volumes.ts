import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attemptAsync } from '../dataroot/io.ts'
import { recordedMounts, recordedVolume } from '../dataroot/recorded-mounts.ts'
import { removeTree } from '../dataroot/remove-tree.ts'
import { createVolume } from '../dataroot/volumes.ts'
import type { VolumeMount } from '../model/desired.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
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
    const data = volumeOf(deps, record, mount)
    if (!data.ok) return data
    if (mount.noCopy) continue
    const staging = await stagingOf(data.value, lowers, mount.target)
    if (!staging.ok) return staging
    const { target: path } = mount
    const copied = await deps.core.copyUp({ lowers, path, target: data.value, staging: staging.value })
    if (!copied.ok) return copied
    warnings.push(...copied.value.warnings)
  }
  return ok(warnings)
}

/** An anonymous volume is made here, after the record that names it: nothing could tell whose it was otherwise. */
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
  return volumeSource(paths, name)
}

const prefix = 'copy-up-'

/**
 * Beside the volume's data, named by what is copied: only the same copy goes on with what a crash left of it. What is
 * left of others goes.
 */
function stagingOf(data: string, lowers: readonly string[], target: string): Promise<Result<string>> {
  const volume = dirname(data)
  // the topmost is the container's own
  const text = JSON.stringify([lowers.slice(1), target])
  const name = `${prefix}${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  return attemptAsync('tidy', volume, async () => {
    const left = readdirSync(volume).filter(entry => entry.startsWith(prefix) && entry !== name)
    for (const entry of left) await removeTree(join(volume, entry))
    return join(volume, name)
  })
}
