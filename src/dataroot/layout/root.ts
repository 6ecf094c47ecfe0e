import { randomBytes } from 'node:crypto'
import { closeSync, constants, lstatSync, mkdirSync, openSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { createFile, makeDirectory, syncDirectory } from '../files/atomic.ts'
import { attempt, failure } from '../files/io.ts'
import type { DataRootPaths } from './paths.ts'
import { foreignContent } from './other-engines.ts'
import { count, matching, object, text, versionOne } from '../files/shape.ts'
import { readStateFile } from '../files/state-file.ts'

export type RootIdentity = {
  /** 12 hex digits; names the cgroups and run directories of this data-root */
  readonly rootId: string
}

type RootRecord = {
  readonly version: 1
  readonly id: string
  readonly path: string
  readonly device: number
  readonly inode: number
}

const rootRecordShape = object<RootRecord>({
  version: versionOne,
  id: matching(/^[0-9a-f]{12}$/, '12 hexadecimal digits'),
  path: text,
  device: count,
  inode: count,
})

/** For tests: the type number that statfs(2) gives. */
export type RootOptions = { readonly create: boolean; readonly fileSystemType?: (path: string) => number }

/**
 * Checks that `paths.root` is a data-root of ours that is safe to use, and gives its identity. With `create`, makes one
 * in an absent or empty directory, and directories that are missing in an existing one. E_STATE says what is wrong where
 * and what to do.
 */
export function openRoot(paths: DataRootPaths, options: RootOptions): Result<RootIdentity> {
  const opened = attempt('open the data-root', paths.root, () => check(paths, options))
  return opened.ok ? opened.value : opened
}

/** The identity of an existing data-root, null where there is none yet; makes and changes nothing. */
export function probeRoot(paths: DataRootPaths): Result<RootIdentity | null> {
  if (statSync(paths.root, { throwIfNoEntry: false }) === undefined) return ok(null)
  const probed = attempt('read the data-root', paths.root, () => {
    const refusal = refuseDirectory(paths, fileSystemType)
    if (refusal !== null) return refusal
    if (lstatSync(paths.rootId, { throwIfNoEntry: false }) !== undefined) return identify(paths)
    const foreign = foreignContent(paths)
    return foreign === null ? ok(null) : refuse(paths, foreign)
  })
  return probed.ok ? probed.value : probed
}

function check(paths: DataRootPaths, options: RootOptions): Result<RootIdentity> {
  if (options.create) mkdirSync(paths.root, { recursive: true, mode: 0o710 })
  else if (statSync(paths.root, { throwIfNoEntry: false }) === undefined) {
    return refuse(paths, 'there is no data-root here yet; a run that changes something makes it')
  }
  const refusal = refuseDirectory(paths, options.fileSystemType ?? fileSystemType)
  if (refusal !== null) return refusal
  if (lstatSync(paths.rootId, { throwIfNoEntry: false }) === undefined) {
    const foreign = foreignContent(paths)
    if (foreign !== null) return refuse(paths, foreign)
    if (!options.create) return refuse(paths, 'there is no data-root here yet; a run that changes something makes it')
  }
  if (options.create) {
    const blocked = makeTree(paths)
    if (blocked !== null) return refuse(paths, blocked)
  }
  return identify(paths)
}

const refuse = (paths: DataRootPaths, why: string) =>
  fail(failure('E_STATE', `data-root ${paths.root}: ${why}`, paths.root))

const fileSystemType = (path: string) => statfsSync(path).type

/** Locks of these don't hold between hosts, or a hung server would hang us; numbers of linux/magic.h. */
const refusedFileSystems: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x65735546: 'FUSE',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x01021997: '9p',
  0x00c36400: 'Ceph',
  0x5346414f: 'AFS',
}

function refuseDirectory(paths: DataRootPaths, typeOf: (path: string) => number) {
  const stat = statSync(paths.root)
  if (!stat.isDirectory()) return refuse(paths, 'is not a directory; move it away, or name another place with --root')
  const type = refusedFileSystems[typeOf(paths.root) >>> 0]
  if (type !== undefined) {
    return refuse(paths, `is on ${type}, where locks can't be relied on; name a place on a local disk with --root`)
  }
  const isOurs = stat.uid === 0 || stat.uid === process.geteuid?.()
  if (!isOurs || (stat.mode & 0o002) !== 0) {
    return refuse(
      paths,
      'others than root may write here; `chown root` and `chmod 0710` it, or name another place with --root',
    )
  }
  return null
}

function makeTree(paths: DataRootPaths): string | null {
  const directories: readonly [string, number][] = [
    [paths.containers, 0o710],
    [paths.volumes, 0o701],
    [paths.own, 0o700],
    [paths.layers, 0o710],
    [paths.watchers, 0o700],
    [paths.recordCopies, 0o700],
    [paths.staging, 0o700],
    [paths.removed, 0o700],
    [paths.hostRootfs, 0o755],
  ]
  for (const [path, mode] of directories) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) makeDirectory(path, mode)
    else if (!stat.isDirectory()) return `${path} is in the way: not a directory; move it away`
  }
  for (const path of [paths.metadataDb, paths.lock]) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat !== undefined && !stat.isFile()) return `${path} is in the way: not a regular file; move it away`
    // an empty file is a valid volume store for dockerd; an existing one is never touched, its lock lives on its inode
    closeSync(openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
  }
  if (lstatSync(paths.rootId, { throwIfNoEntry: false }) === undefined) mintRootId(paths)
  return null
}

function mintRootId(paths: DataRootPaths): void {
  const stat = statSync(paths.root)
  const path = realpathSync(paths.root)
  const record: RootRecord = { version: 1, id: randomBytes(6).toString('hex'), path, device: stat.dev, inode: stat.ino }
  // two first runs at once: the one whose file stands has named the root
  createFile(paths.rootId, `${JSON.stringify(record)}\n`, 0o600)
  syncDirectory(paths.root)
  syncDirectory(dirname(path))
}

/** A device number alone may change with a reboot; a copy has another inode, a moved root another path. */
function identify(paths: DataRootPaths): Result<RootIdentity> {
  const record = readStateFile(paths.rootId, rootRecordShape)
  const recover = `restore ${paths.rootId}, or remove it when no container of this data-root runs: the next run makes a new one`
  if (!record.known) return refuse(paths, `its identity can't be read (${record.why}); ${recover}`)
  if (record.value === null) return refuse(paths, `its identity is gone; ${recover}`)
  const stat = statSync(paths.root)
  const path = realpathSync(paths.root)
  const { id, path: madeAt, inode } = record.value
  if (path !== madeAt || stat.ino !== inode) {
    const moved = path === madeAt ? 'is a copy' : `was made at ${madeAt} and is a copy of it, or was moved`
    return refuse(
      paths,
      `${moved}; two data-roots with the id ${id} would fight over the same containers. Use the original, or remove ` +
        `${paths.rootId} when no container of it runs: the next run gives this one an id of its own`,
    )
  }
  return ok({ rootId: id })
}
