import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { BindMount } from '../../model/desired.ts'
import type { Result } from '../../model/errors.ts'
import { makeDirectory, syncDirectory } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import type { DataRootPaths } from '../layout/paths.ts'

/** The base of `rootfs: host`: a small tree of our own, and what of the host is bound over it, read-only. */
export type HostRootfs = { readonly lower: string; readonly binds: readonly BindMount[] }

/** What of the host a container may see, if it is there. Never /home, /root, /var, nor accounts and keys of /etc. */
const shownPaths = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/services',
  '/etc/protocols',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/terminfo',
]

const emptyDirectories: readonly (readonly [string, number])[] = [
  ['dev', 0o755],
  ['etc', 0o755],
  ['etc/pki', 0o755],
  ['etc/ssl', 0o755],
  ['home', 0o755],
  ['mnt', 0o755],
  ['opt', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['run', 0o755],
  ['run/lock', 0o1777],
  ['srv', 0o755],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['var', 0o755],
  ['var/cache', 0o755],
  ['var/lib', 0o755],
  ['var/log', 0o755],
  ['var/spool', 0o755],
  ['var/tmp', 0o1777],
]

const ownFiles: readonly (readonly [string, string])[] = [
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'],
  ['etc/group', 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n'],
  [
    'etc/nsswitch.conf',
    'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n',
  ],
  ['etc/hostname', ''],
  ['etc/hosts', ''],
  ['etc/resolv.conf', ''],
]

const ownLinks: readonly (readonly [path: string, target: string])[] = [
  ['etc/mtab', '/proc/mounts'],
  ['var/lock', '/run/lock'],
  ['var/run', '/run'],
]

type Shown = { readonly path: string; readonly kind: 'directory' | 'file' | 'link'; readonly link: string | null }

/**
 * The base of `rootfs: host`, made when it is not there yet. A base that a container may be using is never changed: one for
 * another layout of the host (say, /bin became a link) gets another name. `hostRoot` is `/` but in tests.
 */
export function hostRootfs(paths: DataRootPaths, hostRoot = '/'): Result<HostRootfs> {
  return attempt('make', paths.hostRootfs, () => {
    const shown = shownPaths.flatMap(path => look(hostRoot, path))
    const layout = JSON.stringify([shown, emptyDirectories, ownFiles, ownLinks])
    const name = createHash('sha256').update(layout).digest('hex').slice(0, 12)
    const lower = join(paths.hostRootfs, name)
    if (!existsSync(lower)) build(paths, lower, shown)
    return { lower, binds: shown.filter(({ kind }) => kind !== 'link').map(({ path }) => bind(hostRoot, path)) }
  })
}

function look(hostRoot: string, path: string): Shown[] {
  const stat = lstatSync(join(hostRoot, path), { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (stat.isSymbolicLink()) return [{ path, kind: 'link', link: readlinkSync(join(hostRoot, path)) }]
  return stat.isDirectory() || stat.isFile() ? [{ path, kind: stat.isFile() ? 'file' : 'directory', link: null }] : []
}

function build(paths: DataRootPaths, lower: string, shown: readonly Shown[]): void {
  const staged = join(paths.staging, 'host-rootfs')
  rmSync(staged, { recursive: true, force: true })
  makeDirectory(staged, 0o755)
  for (const [path, mode] of emptyDirectories) makeDirectory(join(staged, path), mode)
  for (const [path, content] of ownFiles) writeOwn(join(staged, path), content)
  for (const [path, target] of ownLinks) symlinkSync(target, join(staged, path))
  for (const { path, kind, link } of shown) {
    mkdirSync(dirname(join(staged, path)), { recursive: true, mode: 0o755 })
    if (link !== null) symlinkSync(link, join(staged, path))
    else if (kind === 'directory') makeDirectory(join(staged, path), 0o755)
    else writeOwn(join(staged, path), '')
  }
  renameSync(staged, lower)
  syncDirectory(dirname(lower))
}

function writeOwn(path: string, content: string): void {
  writeFileSync(path, content)
  chmodSync(path, 0o644)
}

/** Slave: what the host mounts or unmounts below /usr later is seen, and never pinned. */
const bind = (hostRoot: string, path: string): BindMount => ({
  type: 'bind',
  source: join(hostRoot, path),
  target: path,
  readOnly: true,
  recursive: true,
  propagation: 'rslave',
  createSource: false,
})
