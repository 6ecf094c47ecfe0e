import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartPlan } from '../../src/runtime/plan.ts'
import type { CoreLab } from './core-lab.ts'

export type Bundle = {
  readonly containerId: string
  readonly plan: StartPlan
  readonly exitPath: string
  log(): string
}

const merged = ['bin', 'sbin', 'lib', 'lib64']

/** A container of a few directories and the host's /usr, with everything that a start needs on disk. */
export function bundle(lab: CoreLab, args: readonly string[], changes: Partial<StartPlan> = {}): Bundle {
  const containerId = lab.newContainerId()
  const base = join(lab.dir, containerId.slice(0, 8))
  const at = (name: string) => join(base, name)
  for (const name of [
    'upper',
    'work',
    'container',
    'lower/usr',
    'lower/etc',
    'lower/proc',
    'lower/sys',
    'lower/dev',
    'lower/tmp',
  ])
    mkdirSync(at(name), { recursive: true })
  for (const name of merged) symlinkSync(`usr/${name}`, at(`lower/${name}`))
  writeFileSync(at('lower/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  writeFileSync(at('lower/etc/group'), 'root:x:0:\n')
  for (const name of ['hostname', 'hosts', 'resolv.conf', 'metadata.db']) writeFileSync(at(name), '')
  const plan: StartPlan = {
    version: 1,
    containerId,
    name: 'test/bundle',
    rootId: lab.rootId,
    containerRunDir: join(lab.runDir, containerId.slice(0, 16)),
    containerDir: at('container'),
    lowers: [at('lower')],
    upper: at('upper'),
    work: at('work'),
    args,
    env: ['PATH=/usr/sbin:/usr/bin'],
    user: '',
    workingDir: '/',
    hostname: 'bundle',
    domainname: '',
    namespaces: { pid: 'private', ipc: 'private', uts: 'private', net: 'private', cgroup: 'private' },
    mounts: [
      { type: 'bind', source: '/usr', target: '/usr', readOnly: true, recursive: false, propagation: 'rprivate' },
    ],
    files: { hostname: at('hostname'), hosts: at('hosts'), resolvConf: at('resolv.conf') },
    capabilities: ['CAP_CHOWN', 'CAP_KILL'],
    noNewPrivileges: false,
    readOnlyRoot: false,
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    sysctls: {},
    rlimits: [],
    oomScoreAdj: null,
    shmSizeBytes: 1 << 20,
    log: { path: at('container/json.log'), maxSizeBytes: null, maxFile: 1 },
    exitPath: at('container/exit.json'),
    metadataDb: at('metadata.db'),
    ...changes,
  }
  return { containerId, plan, exitPath: plan.exitPath, log: () => readFileSync(plan.log.path, 'utf8') }
}
