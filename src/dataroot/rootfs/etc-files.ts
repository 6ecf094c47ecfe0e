import { createHash } from 'node:crypto'
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import type { ContainerRecord } from '../../model/record.ts'
import type { NetworkRecord } from '../../model/network.ts'
import { effectiveHostname, hostsText, memberHosts, memberNames, memberResolvConf, resolvConfText } from './etc-text.ts'
import type { HostEtc } from './etc-text.ts'
import type { Member } from './seen-members.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt, readFrom } from '../files/io.ts'
import { containerPaths } from '../layout/paths.ts'
import type { ContainerPaths, DataRootPaths } from '../layout/paths.ts'
import { readStateText } from '../files/state-file.ts'

const maxEtcBytes = 1024 * 1024

/** Reads what containers' /etc files are made of. `hostRoot` is `/`, or a tree that stands for it in tests. */
export function readHostEtc(hostRoot = '/'): HostEtc {
  return {
    hostname: hostname(),
    hosts: textOf(join(hostRoot, 'etc/hosts')),
    resolvConf: textOf(join(hostRoot, 'etc/resolv.conf')),
    upstreamResolvConf: textOf(join(hostRoot, 'run/systemd/resolve/resolv.conf')),
  }
}

/** Writes hostname, hosts and resolv.conf for a start. In place: a running container has these inodes bound. */
export function writeEtcFiles(
  paths: DataRootPaths,
  record: ContainerRecord,
  host: HostEtc,
  {
    hostname = effectiveHostname(record.declaration.spec, record.id, host),
    members = [],
    networks = [],
  }: {
    readonly hostname?: string
    readonly members?: readonly Member[]
    readonly networks?: readonly NetworkRecord[]
  } = {},
): Result<void> {
  const at = containerPaths(paths, record.id)
  return attempt('write', at.dir, () => {
    writeInPlace(at.hostname, `${hostname}\n`)
    writeNaming(at, record, host, { members, networks })
  })
}

/** hosts and resolv.conf, and what the resolver answers: what a container finds names with. */
export function writeNaming(
  at: ContainerPaths,
  { id, declaration }: ContainerRecord,
  host: HostEtc,
  { members, networks }: { readonly members: readonly Member[]; readonly networks: readonly NetworkRecord[] },
): void {
  const own = members.find(member => member.id === id)
  writeInPlace(at.hosts, own === undefined ? hostsText(declaration, host) : memberHosts(own, members))
  if (own !== undefined) writeNames(at.names, memberNames(own, members, networks))
  const resolvConf = own === undefined ? resolvConfText(declaration, host) : memberResolvConf(declaration, host)
  writeInPlace(at.resolvConf, resolvConf)
  if (declaration.spec.namespaces.net === 'host') rmSync(at.resolvConfHash, { force: true })
  else writeInPlace(at.resolvConfHash, hashOf(resolvConf))
}

/**
 * As a whole: the resolver reads it at any moment. Without waiting for the disk: it is made again at each start. The old one goes
 * first, since a file system that guards against crashes writes out what is renamed over something; for the resolver a file
 * that is missing changes nothing.
 */
export function writeNames(path: string, text: string): void {
  if (isWritten(path, text)) return
  rmSync(path, { force: true })
  replaceFile(path, text, 0o600, false)
}

/** Of a running container that joined networks, or comes from before there was a resolver; what its programs wrote there stays. */
export function leadToResolver(
  paths: DataRootPaths,
  { id, declaration }: ContainerRecord,
  host: HostEtc,
): Result<void> {
  const at = containerPaths(paths, id)
  const wanted = memberResolvConf(declaration, host)
  return attempt('write', at.resolvConf, () => {
    const now = textOf(at.resolvConf)
    if (now === wanted || hashOf(now) !== textOf(at.resolvConfHash)) return
    writeInPlace(at.resolvConf, wanted)
    writeInPlace(at.resolvConfHash, hashOf(wanted))
  })
}

/** As Docker keeps it, to see what a container's programs changed. */
const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/**
 * Running containers have this inode bound. In one write, what the old text had more as empty lines first: who reads meanwhile finds
 * no file cut short, as after a truncation, which many file systems also make wait for the disk.
 */
export function writeInPlace(path: string, content: string): void {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const fd = openSync(path, flags, 0o644)
  try {
    const stat = fstatSync(fd)
    const { size, mode } = stat
    if (!stat.isFile()) throw Object.assign(new Error(path), { code: 'EINVAL', errno: -22, path })
    if ((mode & 0o7777) !== 0o644) fchmodSync(fd, 0o644)
    const bytes = Buffer.from(content)
    if (size === bytes.length && readFrom(fd, size).equals(bytes)) return
    const padding = Math.min(Math.max(0, size - bytes.length), maxEtcBytes)
    writeAll(fd, Buffer.concat([bytes, Buffer.alloc(padding, '\n')]))
    if (size > bytes.length) ftruncateSync(fd, bytes.length)
  } finally {
    closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done)
}

const isWritten = (path: string, text: string): boolean => {
  const now = readStateText(path)
  return now.known && now.value === text
}

/** The host's own files may be symbolic links, as resolv.conf often is. */
function textOf(path: string): string {
  const text = readStateText(path, maxEtcBytes, 'follow')
  return text.known ? (text.value ?? '') : ''
}
