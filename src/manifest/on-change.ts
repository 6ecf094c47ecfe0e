import type { OnChange } from '../model/desired.ts'
import type { Spec } from './generated/manifests.ts'
import { parseSignal } from './privileges.ts'
import { orReport, type Report } from './report.ts'

/** By target, what a bind asks for beyond being told of changes; undefined: none does. */
export function resolveOnChange(
  mounts: Spec['mounts'],
  report: Report,
): Readonly<Record<string, OnChange>> | undefined {
  const asked = (mounts ?? []).flatMap((mount, index): (readonly [target: string, OnChange])[] => {
    if (typeof mount === 'string' || mount.type !== 'bind' || mount.onChange === undefined) return []
    const path = ['spec', 'mounts', index, 'onChange']
    if (mount.createSource === true)
      report(path, `${path.join('.')} is for files, and createSource makes a directory; remove one of them`, 'key')
    const { onChange } = mount
    if (typeof onChange === 'string') return onChange === 'report' ? [] : [[mount.target, onChange]]
    const signal = orReport(report, [...path, 'signal'], parseSignal(onChange.signal))
    return signal === null ? [] : [[mount.target, { signal }]]
  })
  return asked.length === 0 ? undefined : Object.fromEntries(asked)
}
