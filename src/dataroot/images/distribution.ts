import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { goJson } from '../files/go-json.ts'
import { attempt } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { hexOf, isDigest } from './digest.ts'
import { field, fieldsOf, parseJson, parsed, textField, wrong } from './json-fields.ts'
import { readBytes } from './read-bytes.ts'

/** Where a layer's compressed blob is known to be; a cache that may be lost. */
export type BlobSource = { readonly digest: string; readonly repository: string; readonly hmac: string }

const mostSources = 50

/** The blobs that a layer came from or was pushed as, the newest last; none where the cache is damaged. */
export function blobSources(at: ImagePaths, diffId: string): readonly BlobSource[] {
  const bytes = readBytes(join(at.digestsByDiffId, hexOf(diffId)), 1024 * 1024)
  const { value } = bytes.known ? bytes : { value: null }
  if (value === null) return []
  const read = parsed(() => {
    const list = parseJson(value)
    return Array.isArray(list) ? list.map(sourceOf) : wrong('not a list')
  })
  return 'value' in read ? read.value : []
}

function sourceOf(value: unknown): BlobSource {
  const fields = fieldsOf(value, 'a source')
  const digest = field(fields, 'Digest')
  if (!isDigest(digest)) wrong('a source without digest')
  return { digest, repository: textField(fields, 'SourceRepository'), hmac: textField(fields, 'HMAC') }
}

/** Remembers that a blob of a repository (`docker.io/library/x`) holds a layer. Lost by a crash, it does no harm. */
export function rememberBlob(
  at: ImagePaths,
  diffId: string,
  blob: { readonly digest: string; readonly repository: string },
): Result<void> {
  const path = join(at.digestsByDiffId, hexOf(diffId))
  return attempt('write', path, () => {
    const isSame = (source: BlobSource) => source.digest === blob.digest && source.repository === blob.repository
    const sources = blobSources(at, diffId)
    const hmac = sources.find(isSame)?.hmac ?? ''
    const next = [...sources.filter(source => !isSame(source)), { ...blob, hmac }].slice(-mostSources)
    const list = next.map(source => ({ Digest: source.digest, SourceRepository: source.repository, HMAC: source.hmac }))
    replaceFile(join(at.diffIdByDigest, hexOf(blob.digest)), diffId, 0o644, false)
    replaceFile(path, goJson(list).trimEnd(), 0o644, false)
  })
}
