import type { DeclaredState, Ulimit } from './desired.ts'
import {
  type Deviation,
  type NamespaceName,
  namespaceNames,
  type RunFacts,
  type RunLook,
  type SeenNames,
  type SeenRun,
} from './run-facts.ts'

/** In what a running container is not as it was given, and for `state` whether it stands still, in the order in which it is put right and told. */
export function deviationsOf({ recorded, kernel, names }: RunLook, state: DeclaredState): Deviation[] {
  const own = [...frozen(kernel, state), ...cgroup(kernel), ...(names === undefined ? [] : renamed(names))]
  if (recorded === null) return own
  return [
    ...own,
    ...ulimits(recorded, kernel),
    ...oomScore(recorded, kernel),
    ...namespaces(recorded, kernel),
    ...capabilities(recorded, kernel),
    ...privileges(recorded, kernel),
    ...user(recorded, kernel),
  ]
}

function frozen(kernel: SeenRun, state: DeclaredState): Deviation[] {
  const isPaused = state === 'paused'
  if (kernel.frozen === isPaused) return []
  const given = frozenText(isPaused)
  const found = { field: 'frozen', desired: given, recorded: given, kernel: frozenText(kernel.frozen) }
  return isPaused
    ? [{ kind: 'thawed', ...found, repair: { what: 'freeze' } }]
    : [{ kind: 'frozen', ...found, repair: { what: 'thaw' } }]
}

export const frozenText = (isFrozen: boolean): string => (isFrozen ? 'yes' : 'no')

function cgroup(kernel: SeenRun): Deviation[] {
  const { outsideOf, outsideAt, othersOutside } = kernel
  if (outsideOf.length === 0 && othersOutside === 0) return []
  const own = 'its own'
  const said = outsideOf.length === 0 ? [] : [`${outsideAt} (${outsideOf.join(' ')})`]
  const others = othersOutside === 0 ? [] : [`${othersOutside} ${othersOutside === 1 ? 'child' : 'children'} outside`]
  return [
    {
      kind: 'cgroup',
      field: 'cgroup',
      desired: own,
      recorded: own,
      kernel: [...said, ...others].join(', '),
      repair: { what: 'rejoinCgroups' },
    },
  ]
}

const repairs = { hostname: 'setHostname', domainname: 'setDomainname' } as const

const renamed = ({ given, kernel }: SeenNames): Deviation[] =>
  (['hostname', 'domainname'] as const).flatMap(field => {
    const name = given[field]
    if (name === undefined || name === kernel[field]) return []
    const [said, found] = [name, kernel[field]].map(text => text || 'none')
    if (said === undefined || found === undefined) return []
    return [
      { kind: 'name', field, desired: said, recorded: said, kernel: found, repair: { what: repairs[field], name } },
    ]
  })

function ulimits(recorded: RunFacts, kernel: SeenRun): Deviation[] {
  return Object.entries(recorded.ulimits).flatMap(([resource, given]) => {
    const now = kernel.ulimits[resource]
    if (now === undefined || isKept(given, now)) return []
    const hard = kernel.mayRaiseHardLimits || atMost(given.hard, now.hard) ? given.hard : now.hard
    const soft = atMost(given.soft, hard) ? given.soft : hard
    const repairable = soft !== now.soft || hard !== now.hard
    return [
      {
        kind: repairable ? ('ulimit' as const) : ('ulimit-out-of-reach' as const),
        field: `ulimits.${resource}`,
        desired: ulimitText(given),
        recorded: ulimitText(given),
        kernel: ulimitText(now),
        repair: repairable ? { what: 'setUlimit', resource, soft, hard } : null,
      },
    ]
  })
}

/** A process may use what it was given: raise its soft limit up to the hard one. */
const isKept = (given: Ulimit, now: Ulimit): boolean => given.hard === now.hard && atMost(given.soft, now.soft)

/** -1 is no limit. */
const atMost = (a: number, b: number): boolean => b === -1 || (a !== -1 && a <= b)

export const ulimitText = ({ soft, hard }: Ulimit): string =>
  [soft, hard].map(value => (value === -1 ? 'unlimited' : `${value}`)).join(':')

function oomScore(recorded: RunFacts, kernel: SeenRun): Deviation[] {
  const value = recorded.oomScoreAdj
  if (value === null || kernel.oomScoreAdj === value) return []
  return [
    {
      kind: 'oom-score',
      field: 'oomScoreAdj',
      desired: `${value}`,
      recorded: `${value}`,
      kernel: `${kernel.oomScoreAdj}`,
      repair: { what: 'setOomScore', value },
    },
  ]
}

function namespaces(recorded: RunFacts, kernel: SeenRun): Deviation[] {
  return namespaceNames.flatMap(name => {
    const [given, now] = [recorded.namespaces[name], kernel.namespaces[name]]
    if (given === undefined || now === undefined || given === now) return []
    const isHosts = now === kernel.hostNamespaces[name]
    const said = namespaceText(name, given, kernel)
    return [
      {
        kind: isHosts ? ('namespace-of-host' as const) : ('namespace' as const),
        field: `namespaces.${name}`,
        desired: said,
        recorded: said,
        kernel: namespaceText(name, now, kernel),
        repair: null,
      },
    ]
  })
}

/** `host`, or the number of a namespace of its own. */
export const namespaceText = (name: NamespaceName, inode: string, { hostNamespaces }: SeenRun): string =>
  inode === hostNamespaces[name] ? 'host' : `own ${inode}`

/** In a user namespace that the process made for itself a full set means nothing outside of it. */
function capabilities(recorded: RunFacts, kernel: SeenRun): Deviation[] {
  const beyond = BigInt(`0x${kernel.capabilities}`) & ~BigInt(`0x${recorded.capabilities}`)
  if (beyond === 0n || recorded.namespaces.user !== kernel.namespaces.user) return []
  const given = capabilityText(recorded.capabilities)
  return [
    {
      kind: 'capabilities',
      field: 'capabilities',
      desired: given,
      recorded: given,
      kernel: capabilityText(kernel.capabilities),
      repair: null,
    },
  ]
}

/** `0xa80425fb`, without leading zeros */
export const capabilityText = (mask: string): string => `0x${BigInt(`0x${mask}`).toString(16)}`

const privileges = (recorded: RunFacts, kernel: SeenRun): Deviation[] =>
  recorded.noNewPrivileges && !kernel.noNewPrivileges
    ? [
        {
          kind: 'no-new-privileges',
          field: 'noNewPrivileges',
          desired: 'true',
          recorded: 'true',
          kernel: 'false',
          repair: null,
        },
      ]
    : []

/** Only what gained rights: a root process may become anybody, and many programs do. */
function user(recorded: RunFacts, kernel: SeenRun): Deviation[] {
  if (recorded.uid === 0 || kernel.uid !== 0) return []
  const given = `${recorded.uid}`
  return [{ kind: 'user', field: 'user', desired: given, recorded: given, kernel: '0', repair: null }]
}
