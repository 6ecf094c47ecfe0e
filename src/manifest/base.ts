import type { ContainerSpec } from '../model/desired.ts'
import { familiarText, parseReference } from '../model/reference.ts'
import type { Spec } from './generated/manifests.ts'
import { pathFault } from './paths.ts'
import type { Report } from './report.ts'

/** What the container's files begin with; the schema has seen to it that it is exactly one of the two. */
export function resolveBase(spec: Spec, report: Report): Pick<ContainerSpec, 'image' | 'rootfs'> {
  const { image, rootfs } = spec
  if (image === undefined && spec.pull !== undefined)
    report(['spec', 'pull'], 'spec.pull has a meaning only with spec.image; remove it', 'key')
  if (image !== undefined) return { image: familiarImage(image, report), rootfs: null }
  if (rootfs !== undefined) checkRootfs(rootfs, report)
  return { image: null, rootfs: rootfs ?? null }
}

/** One text for one reference: `docker.io/library/nginx` and `nginx:latest` are the same. */
function familiarImage(image: string, report: Report): string {
  const reference = parseReference(image)
  if (reference.ok) return familiarText(reference.value)
  report(['spec', 'image'], `spec.image: ${reference.error.message}`)
  return image
}

function checkRootfs(rootfs: string, report: Report): void {
  if (rootfs === 'host') return
  const fault = rootfs === '/' ? '"/" is the whole host; use "host"' : pathFault(rootfs)
  if (fault !== null) report(['spec', 'rootfs'], `spec.rootfs: ${fault}`)
}
