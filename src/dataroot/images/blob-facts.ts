import { join } from 'node:path'
import type { Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { attempt } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { hexOf } from './digest.ts'
import { readSmallText } from './read-bytes.ts'

/** What a manifest has to say of a blob, which Docker's engine doesn't keep: needed to push a layer without its bytes. */
export type BlobFacts = { readonly sizeBytes: number; readonly mediaType: string }

export function blobFacts(at: ImagePaths, digest: string): BlobFacts | null {
  const text = readSmallText(join(at.blobFacts, hexOf(digest)))
  const [, size, mediaType] = /^(\d{1,15}) (\S{1,200})$/.exec(text.known ? (text.value ?? '') : '') ?? []
  return size === undefined || mediaType === undefined ? null : { sizeBytes: Number(size), mediaType }
}

export function rememberFacts(at: ImagePaths, digest: string, { sizeBytes, mediaType }: BlobFacts): Result<void> {
  const path = join(at.blobFacts, hexOf(digest))
  return attempt('write', path, () => replaceFile(path, `${sizeBytes} ${mediaType}`, 0o600, false))
}
