import { listContainers } from '../dataroot/objects/containers.ts'
import { containerPaths } from '../dataroot/layout/paths.ts'
import { readRunState } from '../dataroot/records/run-state.ts'
import { meanings } from '../model/dependency-graph.ts'
import { joinedName, namespaceKinds } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import { fullName } from '../model/identity.ts'
import type { ContainerRecord } from '../model/record.ts'
import type { PlanJoin } from '../runtime/plan.ts'
import type { ConvergeDeps } from './deps.ts'

/** A namespace that a container joins, with the record of whose it is. */
export type JoinedNamespace = PlanJoin & { readonly of: ContainerRecord }

/** The namespaces that a container joins, of the containers as they run now. E_GONE: one doesn't run. */
export function joinedNamespaces(deps: ConvergeDeps, record: ContainerRecord): Result<readonly JoinedNamespace[]> {
  const { namespaces } = record.declaration.spec
  const joined: JoinedNamespace[] = []
  for (const namespace of namespaceKinds) {
    const name = joinedName(namespaces[namespace])
    if (name === null || namespace === 'cgroup') continue
    const other = running(deps, record, name)
    if (!other.ok) return other
    if (other.value === null)
      return fail({ code: 'E_GONE', message: `namespaces.${namespace} is that of ${name}, which does not run` })
    joined.push({ namespace, ...other.value })
  }
  return ok(joined)
}

/** Of the same source: the own project's goes first, as with any dependency. */
function running(
  { paths, rootId, core }: ConvergeDeps,
  { declaration, origin }: ContainerRecord,
  reference: string,
): Result<Omit<JoinedNamespace, 'namespace'> | null> {
  const listed = listContainers(paths)
  if (!listed.ok) return listed
  const own = listed.value.records.filter(each => !each.deleting && each.record.origin.source === origin.source)
  for (const name of meanings(declaration.name, reference)) {
    for (const { record } of own.filter(each => fullName(each.record.declaration.name) === name)) {
      const state = readRunState(paths, rootId, record.id)
      if (!state.known || state.value?.bootId !== core.bootId) continue
      const { pid, startTicks } = state.value
      return ok({ name, pid, startTicks, of: record })
    }
  }
  return ok(null)
}

/** Whose files of /etc a container is shown: those that belong to its network. */
export function networkFiles({ paths }: ConvergeDeps, record: ContainerRecord, joined: readonly JoinedNamespace[]) {
  const network = joined.find(({ namespace }) => namespace === 'net')
  return containerPaths(paths, network?.of.id ?? record.id)
}
