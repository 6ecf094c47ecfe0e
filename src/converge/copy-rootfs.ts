import { completeContainerFiles, beginContainerFiles } from '../dataroot/objects/containers.ts'
import { hostRootfs } from '../dataroot/rootfs/host-skeleton.ts'
import { publishRootCopy, stageRootCopy } from '../dataroot/rootfs/root-copy.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { StepFacts } from '../model/outcome.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { ConvergeDeps } from './deps.ts'

/** Where no overlay can be mounted, a container of a rootfs gets a copy of it. */
export const needsRootCopy = ({ core }: Pick<ConvergeDeps, 'core'>): boolean =>
  core.features.overlayTried && !core.features.overlay

/** A creation whose layer is a copy of the rootfs, in the order of every creation; may be repeated. */
export async function createFromCopy(deps: ConvergeDeps, record: ContainerRecord): Promise<Result<StepFacts>> {
  const begun = await beginContainerFiles(deps.paths, record)
  if (!begun.ok) return begun
  const copied = await copyRootfs(deps, record)
  if (!copied.ok) return copied
  const completed = await completeContainerFiles(deps.paths, record)
  if (!completed.ok) return completed
  return ok(
    copied.value.length === 0 ? {} : { warnings: copied.value.map(message => ({ field: 'spec.rootfs', message })) },
  )
}

async function copyRootfs({ paths, core }: ConvergeDeps, record: ContainerRecord): Promise<Result<readonly string[]>> {
  const from = sourceOf(paths, record)
  if (!from.ok) return from
  const staged = await stageRootCopy(paths, record.id)
  if (!staged.ok) return staged
  if (staged.value === null) return ok([])
  const copied = await core.copyTree({ from: from.value, into: staged.value })
  if (!copied.ok) {
    const why = `${core.features.overlayWhy}, so a container of a rootfs gets a copy of it`
    return fail({ ...copied.error, message: `${copied.error.message}; ${why}` })
  }
  const published = publishRootCopy(paths, record.id)
  return published.ok ? ok(copied.value.warnings) : published
}

function sourceOf(paths: ConvergeDeps['paths'], { declaration }: ContainerRecord): Result<string> {
  const { rootfs } = declaration.spec
  if (rootfs === null) return fail({ code: 'E_STATE', message: 'its record names neither a rootfs nor an image' })
  if (rootfs !== 'host') return ok(rootfs)
  const host = hostRootfs(paths)
  return host.ok ? ok(host.value.lower) : host
}
