import { capabilityText, deviationsOf, frozenText, namespaceText, ulimitText } from '../../model/deviations.ts'
import type { DesiredContainer, Mount } from '../../model/desired.ts'
import { limitFields, limitNames, limitOf, type Limits } from '../../model/limits.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { comparedMounts, isAtShm } from '../../model/recorded-mounts.ts'
import { namespaceNames, type RunLook } from '../../model/run-facts.ts'
import { columns } from '../text/columns.ts'
import { driftedFields } from './drifted.ts'
import { foundText, mountSourceText } from '../text/mount-words.ts'
import { limitText } from '../text/units.ts'

/** One field with its three values, as people read them; null: not known, or nothing runs. */
export type FieldRow = {
  readonly field: string
  readonly desired: string | null
  readonly recorded: string | null
  readonly kernel: string | null
  readonly drifted: boolean
}

/** What the manifest says now; null: it can't be read, or declares it no more. */
export type Wanted = { readonly container: DesiredContainer; readonly limits: Limits } | null

/** Every field of a container with desired, recorded and kernel, whether they differ or not. */
export const fieldRows = (container: ObservedContainer, wanted: Wanted): FieldRow[] => [
  stateRow(container, wanted),
  ...limitRows(container, wanted),
  ...(container.look?.known === true ? runRows(container, container.look.value, wanted) : []),
  ...mountRows(container, wanted),
  ...networkRows(container, wanted),
]

function stateRow({ phase, declaration }: ObservedContainer, wanted: Wanted): FieldRow {
  const kernel = phase.known ? phase.value.phase : null
  const desired = wanted?.container.state ?? null
  return { field: 'state', desired, recorded: declaration.state, kernel, drifted: false }
}

function limitRows(container: ObservedContainer, wanted: Wanted): FieldRow[] {
  const { kernelLimits, recordedLimits } = container
  const drifted = driftedFields(container)
  return limitFields.map(field => ({
    field: limitNames[field],
    desired: wanted === null ? null : limitText(field, limitOf(wanted.limits, field)),
    recorded: limitText(field, limitOf(recordedLimits, field)),
    kernel: kernelLimits?.known === true ? limitText(field, limitOf(kernelLimits.value, field)) : null,
    drifted: drifted?.known === true && drifted.value.includes(field),
  }))
}

function runRows({ declaration }: ObservedContainer, look: RunLook, wanted: Wanted): FieldRow[] {
  const { recorded, kernel } = look
  const deviations = new Map(deviationsOf(look, declaration.state).map(one => [one.field, one]))
  const spec = wanted?.container.spec ?? null
  const row = (field: string, desired: string | null, was: string | null, now: string): FieldRow => {
    const deviation = deviations.get(field)
    return { field, desired, recorded: was, kernel: deviation?.kernel ?? now, drifted: deviation !== undefined }
  }
  const { add = [], drop = [] } = spec?.capabilities ?? {}
  const changes = [...add.map(name => `+${name}`), ...drop.map(name => `-${name}`)]
  return [
    row('cgroup', 'its own', 'its own', 'its own'),
    row(
      'frozen',
      frozenText(wanted?.container.state === 'paused'),
      frozenText(declaration.state === 'paused'),
      frozenText(kernel.frozen),
    ),
    ...Object.entries(kernel.ulimits).map(([name, now]) => {
      const [want, was] = [spec?.ulimits[name], recorded?.ulimits[name]]
      return row(`ulimits.${name}`, want ? ulimitText(want) : null, was ? ulimitText(was) : null, ulimitText(now))
    }),
    ...(declaration.spec.oomScoreAdj === null
      ? []
      : [row('oomScoreAdj', textOf(spec?.oomScoreAdj), textOf(recorded?.oomScoreAdj), `${kernel.oomScoreAdj}`)]),
    ...namespaceNames.flatMap(name => {
      const now = kernel.namespaces[name]
      if (now === undefined) return []
      const was = recorded?.namespaces[name]
      const own = name === 'mnt' ? 'private' : name === 'user' ? 'host' : (spec?.namespaces[name] ?? null)
      const given = was === undefined ? null : namespaceText(name, was, kernel)
      return [row(`namespaces.${name}`, spec === null ? null : own, given, namespaceText(name, now, kernel))]
    }),
    row('user', spec === null ? null : spec.user || 'default', textOf(recorded?.uid), `${kernel.uid}`),
    row(
      'capabilities',
      spec === null ? null : changes.join(' ') || 'default',
      recorded === null ? null : capabilityText(recorded.capabilities),
      capabilityText(kernel.capabilities),
    ),
    row(
      'noNewPrivileges',
      textOf(spec?.security.noNewPrivileges),
      textOf(recorded?.noNewPrivileges),
      `${kernel.noNewPrivileges}`,
    ),
  ]
}

const textOf = (value: number | boolean | null | undefined): string | null =>
  value === null || value === undefined ? null : `${value}`

/** By their targets; what a mount is made of, `inspect` says at `mounts`. */
function mountRows(container: ObservedContainer, wanted: Wanted): FieldRow[] {
  const drifts = container.mountDrifts?.known === true ? container.mountDrifts.value : null
  const declared = new Set(wanted?.container.spec.mounts.map(({ target }) => target))
  const desiredText = (mount: Mount): string | null => {
    if (wanted === null) return null
    return declared.has(mount.target) || isAtShm(mount) ? mountSourceText(mount) : 'of the image'
  }
  return comparedMounts(container).map(mount => {
    const drift = drifts?.find(one => one.mount.target === mount.target)
    return {
      field: `mount ${mount.target}`,
      desired: desiredText(mount),
      recorded: mountSourceText(mount),
      kernel: drifts === null ? null : drift === undefined ? 'as recorded' : foundText(drift),
      drifted: drift !== undefined,
    }
  })
}

/** By their networks: the interface with its addresses, and how the kernel's is other. */
function networkRows({ endpoints = {}, linkFaults }: ObservedContainer, wanted: Wanted): FieldRow[] {
  const faults = linkFaults?.known === true ? linkFaults.value : null
  return Object.entries(endpoints).map(([network, { interface: name, ipv4, ipv6 }]) => {
    const use = wanted?.container.networks?.find(one => one.name === network)
    const own = faults?.filter(({ field }) => field.split(' ')[0] === name)
    const texts = own?.map(({ text }) => text).join(', ')
    return {
      field: `network ${network}`,
      desired: use === undefined ? null : [use.address ?? 'any address', use.address6 ?? ''].join(' ').trimEnd(),
      recorded: [name, ipv4, ipv6 ?? ''].join(' ').trimEnd(),
      kernel: texts === undefined ? null : texts === '' ? 'as recorded' : texts,
      drifted: own !== undefined && own.length > 0,
    }
  })
}

const heading = ['FIELD', 'DESIRED', 'RECORDED', 'KERNEL', '']

/** The table of `inspect NAME fields`. */
export function fieldTable(rows: readonly FieldRow[]): string {
  const cells = rows.map(({ field, desired, recorded, kernel, drifted }) => [
    field,
    desired ?? '-',
    recorded ?? '-',
    kernel ?? '-',
    drifted ? 'drifted' : '',
  ])
  return columns(
    [heading, ...cells],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}
