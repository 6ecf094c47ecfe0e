import { mkdirSync } from 'node:fs'
import { attempt } from '../dataroot/files/io.ts'
import type { Mount } from '../model/desired.ts'
import { ok, type Result } from '../model/errors.ts'
import type { ContainerRecord } from '../model/record.ts'
import { recordedVolume } from '../model/recorded-mounts.ts'
import type { PlanMount } from '../runtime/plan.ts'
import type { ConvergeDeps } from './deps.ts'
import { planMount } from './mounts.ts'
import { volumeSource } from './volume-source.ts'

/** A recorded mount as the core makes it; a bind's source is made first where it asks for that. */
export function recordedPlanMount(
  { paths }: Pick<ConvergeDeps, 'paths'>,
  record: Pick<ContainerRecord, 'anonymousVolumes'>,
  mount: Mount,
): Result<PlanMount> {
  const source =
    mount.type === 'volume'
      ? volumeSource(paths, recordedVolume(record, mount))
      : mount.type === 'bind'
        ? bindSource(mount.source, mount.createSource)
        : ok('')
  return source.ok ? ok(planMount(mount, source.value)) : source
}

const bindSource = (path: string, create: boolean): Result<string> =>
  create ? attempt('create', path, () => (mkdirSync(path, { recursive: true, mode: 0o755 }), path)) : ok(path)
