import type { ContainerDeclaration, Mount } from '../../model/desired.ts'
import { declaredLimit, type DeclaredLimits, limitFields, limitNames } from '../../model/limits.ts'
import { envTexts } from './env.ts'
import { limitText } from './units.ts'

/** `rootfs host   memory 64Mi   pids 32   mounts beat -> /data`: what is about to be made. */
export function specLine(container: ContainerDeclaration, showValues: boolean): string {
  const { spec } = container
  const parts = [spec.image === null ? `rootfs ${spec.rootfs}` : `image ${spec.image}`, ...limitTexts(container.limits)]
  if (spec.mounts.length > 0) parts.push(`mounts ${spec.mounts.map(mountText).join(', ')}`)
  const env = envTexts(spec.env, showValues)
  if (env.length > 0) parts.push(`env ${env.join(' ')}`)
  return parts.join('   ')
}

const limitTexts = (limits: DeclaredLimits): string[] =>
  limitFields.flatMap(field => {
    const value = declaredLimit(limits, field)
    if (value === null) return []
    return [`${limitNames[field]} ${limitText(field, value === -1 ? null : value)}`]
  })

const mountText = (mount: Mount): string =>
  `${mountSource(mount)} -> ${mount.target}${mount.readOnly ? ' (read-only)' : ''}`

const mountSource = (mount: Mount): string =>
  mount.type === 'bind' ? mount.source : mount.type === 'tmpfs' ? 'tmpfs' : (mount.name ?? '(anonymous)')
