import { joinedName, type NamespaceKind, type Sharing } from '../model/desired.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

/** Sysctls of the IPC namespace: ipc_sysctl.c and mq_sysctl.c of the kernel, as in runc's list. */
const ipcSysctls: readonly string[] =
  'kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced'.split(
    ' ',
  )

/** Sysctls that belong to a namespace of the container; all others would change the host. */
export function resolveSysctls(
  sysctls: Readonly<Record<string, string>> | undefined,
  namespaces: Readonly<Record<NamespaceKind, Sharing>>,
  report: Report,
): Record<string, string> {
  for (const name of Object.keys(sysctls ?? {})) {
    const fault = sysctlFault(name, namespaces)
    if (fault !== null) report(['spec', 'sysctls', name], fault, 'key')
  }
  return { ...sysctls }
}

function sysctlFault(name: string, namespaces: Readonly<Record<NamespaceKind, Sharing>>): string | null {
  if (name === 'kernel.hostname') return 'sysctl "kernel.hostname": use spec.hostname'
  if (name === 'kernel.domainname') return 'sysctl "kernel.domainname": use spec.domainname'
  if (name.includes('/') && /^[\w/-]+$/.test(name))
    return `unknown sysctl ${quote(name)}; did you mean "${name.replaceAll('/', '.')}"?`
  if (!/^[a-z0-9_-]+(\.[a-zA-Z0-9_-]+)+$/.test(name))
    return `${quote(name)} is no sysctl; write it as net.core.somaxconn`
  const namespace = namespaceOf(name)
  if (namespace === null) {
    return `sysctl ${quote(name)} belongs to no namespace: it would change the whole host; set it there (/etc/sysctl.d)`
  }
  const sharing = namespaces[namespace]
  if (sharing === 'private') return null
  const whom = joinedName(sharing) ?? 'the host'
  return `sysctl ${quote(name)} would change ${whom}, because namespaces.${namespace} is ${sharing}; remove one of them`
}

function namespaceOf(name: string): 'net' | 'ipc' | null {
  if (name.startsWith('net.')) return 'net'
  return ipcSysctls.includes(name) || name.startsWith('fs.mqueue.') ? 'ipc' : null
}
