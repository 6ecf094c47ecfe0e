import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { failure, readFrom } from '../files/io.ts'
import { applied, bucketElements, emptyDatabase, planCommit } from './commit.ts'
import type { Commit } from './commit.ts'
import { readable } from './layout.ts'
import type { Element } from './read-tree.ts'

const mostBytes = 256 * 1024 * 1024

/** A bucket's elements; null where there is no file. Throws system errors; E_STATE for a file that is damaged. */
export function readDatabase(path: string, bucket: string): Result<readonly Element[]> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const file = content(fd, path)
    if (!file.ok) return file
    if (isUnwritten(file.value)) return ok([])
    const read = readable(() => bucketElements(file.value, bucket))
    return 'value' in read ? ok(read.value) : fail(failure('E_STATE', `${path}: ${read.why}`, path))
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces a bucket's elements in place: another engine's lock lives on the file's inode, so it is never renamed over.
 * A crash at any point leaves the elements from before or those from after. A damaged file is copied aside and begun anew.
 */
export function writeDatabase(path: string, bucket: string, elements: readonly Element[]): Result<void> {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const file = content(fd, path)
    if (!file.ok) return file
    const commit = isUnwritten(file.value) ? null : readable(() => planCommit(file.value, bucket, elements))
    if (commit !== null && 'value' in commit) storeCommit(fd, commit.value)
    else {
      if (commit !== null) replaceFile(asideOf(path, file.value), file.value, 0o600)
      beginAnew(fd, bucket, elements)
    }
    return ok(undefined)
  } finally {
    closeSync(fd)
  }
}

const asideOf = (path: string, file: Buffer) =>
  `${path}.unreadable-${createHash('sha256').update(file).digest('hex').slice(0, 12)}`

function storeCommit(fd: number, { runs, pageBytes, meta }: Commit): void {
  for (const { id, bytes } of runs) writeAll(fd, bytes, id * pageBytes)
  fsyncSync(fd)
  writeAll(fd, meta.bytes, meta.id * pageBytes)
  fsyncSync(fd)
}

/** The pages before the metas: a crash in between leaves a file that shows that it was never written. */
function beginAnew(fd: number, bucket: string, elements: readonly Element[]): void {
  const empty = emptyDatabase()
  const fresh = applied(empty, planCommit(empty, bucket, elements))
  const metaBytes = empty.length / 2
  writeAll(fd, Buffer.alloc(metaBytes), 0)
  writeAll(fd, fresh.subarray(metaBytes), metaBytes)
  ftruncateSync(fd, fresh.length)
  fsyncSync(fd)
  writeAll(fd, fresh.subarray(0, metaBytes), 0)
  fsyncSync(fd)
}

/** Empty, or its first write was cut off before a meta page. */
const isUnwritten = (file: Buffer) => file.subarray(0, emptyDatabase().length / 2).every(byte => byte === 0)

function content(fd: number, path: string): Result<Buffer> {
  const stat = fstatSync(fd)
  if (!stat.isFile()) return fail(failure('E_STATE', `${path}: not a regular file`, path))
  if (stat.size > mostBytes)
    return fail(failure('E_STATE', `${path}: ${stat.size} bytes, more than the ${mostBytes} that are read`, path))
  return ok(readFrom(fd, stat.size))
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  let done = 0
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}
