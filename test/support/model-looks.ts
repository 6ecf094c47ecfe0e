import type { DeclaredState } from '../../src/model/desired.ts'
import type { ObservedContainer } from '../../src/model/observed.ts'
import type { Repair, RunFacts, RunLook, SeenRun } from '../../src/model/run-facts.ts'

const hostNamespaces = { net: '100', pid: '101', user: '102' }

const given: RunFacts = {
  namespaces: { net: '200', pid: '201', user: '102' },
  uid: 1000,
  capabilities: 'a80425fb',
  noNewPrivileges: true,
  ulimits: { nofile: { soft: 1024, hard: 4096 } },
  oomScoreAdj: 300,
}

const untouched: SeenRun = {
  ...given,
  outsideOf: [],
  outsideAt: '',
  othersOutside: 0,
  frozen: false,
  hostNamespaces,
  mayRaiseHardLimits: true,
}

/** A run that is as it was given, but for what a test says. */
export const lookOf = (kernel: Partial<SeenRun> = {}, recorded: RunFacts | null = given): RunLook => ({
  recorded,
  kernel: { ...untouched, ...kernel },
})

/** What others do to a run; each is healed, answered by a restart, or only told. */
export const healable: readonly Partial<SeenRun>[] = [
  { frozen: true },
  { outsideOf: ['memory', 'pids'], outsideAt: '/' },
  { othersOutside: 2 },
  { ulimits: { nofile: { soft: 64, hard: 4096 } } },
  { ulimits: { nofile: { soft: 64, hard: 128 } } },
  { oomScoreAdj: 900 },
  { frozen: true, outsideOf: ['unified'], outsideAt: '/x', ulimits: { nofile: { soft: 1024, hard: 8192 } } },
]
export const fatal: readonly Partial<SeenRun>[] = [
  { namespaces: { ...given.namespaces, net: hostNamespaces.net } },
  { capabilities: 'ffffffff' },
  { noNewPrivileges: false },
]
export const harmless: readonly Partial<SeenRun>[] = [
  { ulimits: { nofile: { soft: 4096, hard: 4096 } } },
  { ulimits: { nofile: { soft: 128, hard: 128 } }, mayRaiseHardLimits: false },
  { namespaces: { ...given.namespaces, net: '999' } },
  { uid: 0 },
]

/** What a call of the core makes of it. */
export function repaired(look: RunLook, repair: Repair): RunLook {
  const { kernel } = look
  switch (repair.what) {
    case 'rejoinCgroups':
      return { ...look, kernel: { ...kernel, outsideOf: [], outsideAt: '', othersOutside: 0 } }
    case 'freeze':
      return { ...look, kernel: { ...kernel, frozen: true } }
    case 'thaw':
      return { ...look, kernel: { ...kernel, frozen: false } }
    case 'setUlimit': {
      const { resource, soft, hard } = repair
      return { ...look, kernel: { ...kernel, ulimits: { ...kernel.ulimits, [resource]: { soft, hard } } } }
    }
    case 'setHostname':
    case 'setDomainname': {
      if (look.names === undefined) return look
      const field = repair.what === 'setHostname' ? 'hostname' : 'domainname'
      return { ...look, names: { ...look.names, kernel: { ...look.names.kernel, [field]: repair.name } } }
    }
    case 'setOomScore':
      return { ...look, kernel: { ...kernel, oomScoreAdj: repair.value } }
  }
}

/** What is wrong with a run that nobody touches any more. */
export function aboutLook({ recorded, kernel, names }: RunLook, state: DeclaredState): string[] {
  const found = [
    ...(names !== undefined && names.given.hostname !== names.kernel.hostname ? ['it has another name'] : []),
    ...(kernel.frozen === (state === 'paused') ? [] : [kernel.frozen ? 'it is frozen' : 'it goes on']),
    ...(kernel.outsideOf.length > 0 || kernel.othersOutside > 0 ? ['it is outside of its cgroup'] : []),
  ]
  if (recorded === null) return found
  const { nofile } = kernel.ulimits
  const wanted = recorded.ulimits['nofile']
  const isShort = nofile && wanted && nofile.soft < Math.min(wanted.soft, nofile.hard)
  const isOther = nofile && wanted && nofile.hard !== wanted.hard
  return [
    ...found,
    ...(isShort || (isOther && (kernel.mayRaiseHardLimits || nofile.hard > wanted.hard)) ? ['other ulimits'] : []),
    ...(recorded.oomScoreAdj !== kernel.oomScoreAdj ? ['another OOM score'] : []),
    ...(kernel.namespaces.net === hostNamespaces.net ? ["it is in the host's network"] : []),
    ...(kernel.capabilities === recorded.capabilities ? [] : ['it has more capabilities than it was given']),
    ...(recorded.noNewPrivileges && !kernel.noNewPrivileges ? ['it may gain privileges'] : []),
  ]
}

/** Its probes have said so: it may be restarted for itself. */
export const isIll = ({ health }: ObservedContainer): boolean => health?.status === 'unhealthy'

/** What it has become nothing undoes but another process. */
export const mustBeReplaced = ({ look }: ObservedContainer): boolean =>
  look?.known === true &&
  aboutLook({ ...look.value, kernel: { ...look.value.kernel, ...healed } }, 'running').length > 0
const healed = { frozen: false, outsideOf: [], othersOutside: 0, ulimits: {}, oomScoreAdj: 300 }
