import type { DeviationKind } from './run-facts.ts'

/** What a pass does about a fact that is not as it was given. */
export type DriftClass = 'in-place' | 'restart' | 'report'

export type DriftRule = {
  readonly class: DriftClass
  /** the fact, as docs/drift.md shows it */
  readonly fact: string
  /** what is done, or why nothing is */
  readonly answer: string
  /** the field as people read it, `*` for a name */
  readonly field: string
  /** `event`: the kernel wakes a watcher; `sweep`: within 30 s */
  readonly seen: string
}

/** Fact by fact: healed under the running process, restarted, or only told. docs/drift.md is held against it. */
export const driftRules: Readonly<Record<DeviationKind, DriftRule>> = {
  cgroup: {
    field: 'cgroup',
    class: 'in-place',
    fact: 'the first process, or one that descends from it, is outside the cgroup of the container in any hierarchy',
    answer: 'all of them are moved back',
    seen: 'sweep; on cgroup v2 an event when nobody is left',
  },
  frozen: {
    field: 'frozen',
    class: 'in-place',
    fact: 'the container is frozen',
    answer: 'thawed',
    seen: 'event',
  },
  thawed: {
    field: 'frozen',
    class: 'in-place',
    fact: 'a container of `state: paused` is not frozen',
    answer: 'frozen',
    seen: 'event',
  },
  ulimit: {
    field: 'ulimits.*',
    class: 'in-place',
    fact: 'a declared ulimit of the first process has a lower soft or another hard limit',
    answer:
      'set again by prlimit(2); a soft limit that was raised up to the hard one is the own right of the process, many programs do that',
    seen: 'sweep',
  },
  'ulimit-out-of-reach': {
    field: 'ulimits.*',
    class: 'report',
    fact: 'a hard limit was lowered, and this process lacks CAP_SYS_RESOURCE',
    answer: 'nobody without that capability can raise it again; a restart gives a new one',
    seen: 'sweep',
  },
  'oom-score': {
    field: 'oomScoreAdj',
    class: 'in-place',
    fact: 'a declared oomScoreAdj is another one',
    answer: 'written again',
    seen: 'sweep',
  },
  name: {
    field: 'hostname, domainname',
    class: 'in-place',
    fact: 'the name of the container in its own UTS namespace is another one',
    answer: 'set again by sethostname(2) and setdomainname(2)',
    seen: 'sweep; by commands that only look, as root',
  },
  'namespace-of-host': {
    field: 'namespaces.*',
    class: 'restart',
    fact: "the first process is in the host's namespace although it was given one of its own",
    answer: 'no process can be moved into a namespace from outside',
    seen: 'sweep',
  },
  namespace: {
    field: 'namespaces.*',
    class: 'report',
    fact: 'the first process is in another namespace than it was given',
    answer: 'it may have made that for itself; it would do so again after a restart',
    seen: 'sweep',
  },
  capabilities: {
    field: 'capabilities',
    class: 'restart',
    fact: 'the first process has capabilities beyond those it was given, in the same user namespace',
    answer: 'they can be taken from outside only with the process',
    seen: 'sweep',
  },
  'no-new-privileges': {
    field: 'noNewPrivileges',
    class: 'restart',
    fact: 'noNewPrivileges is declared and not set',
    answer: 'it can be set only by the process itself',
    seen: 'sweep',
  },
  user: {
    field: 'user',
    class: 'report',
    fact: 'the first process was given another user than root, and is root now',
    answer: 'a set-user-id program may do so; `noNewPrivileges` forbids it',
    seen: 'sweep',
  },
}
