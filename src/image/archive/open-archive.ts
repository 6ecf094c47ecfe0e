import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { fail } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { ok } from '../../model/errors.ts'
import { maxLayerBytes } from '../../runtime/layers.ts'
import { isSystemError, systemFailure } from '../system-failure.ts'
import { openDirectory, openTar } from './archive.ts'
import type { Archive } from './archive.ts'

const magics: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
]

/**
 * Opens a directory or a tar file, compressed or not. What can't be read at any place (a compressed file, a pipe) is
 * copied into `scratch` first, which the caller removes.
 */
export async function openArchive(
  from: { readonly path: string } | { readonly stream: Readable },
  scratch: string,
  signal: AbortSignal,
): Promise<Result<Archive>> {
  const path = 'path' in from ? from.path : 'the input'
  try {
    if ('stream' in from) return await openCopy(from.stream, scratch, signal)
    const found = await stat(from.path)
    if (found.isDirectory()) return ok(openDirectory(from.path))
    if (!found.isFile()) return await openCopy(createReadStream(from.path), scratch, signal)
    return await openFile(from.path, scratch, signal)
  } catch (error) {
    if (signal.aborted) return fail({ code: 'E_CANCELLED', message: `cancelled while reading ${path}` })
    if (error instanceof Error && 'code' in error && `${error.code}`.startsWith('Z_')) {
      return fail({ code: 'E_SPEC', message: `read ${path}: the compressed data is damaged (${error.message})` })
    }
    if (!isSystemError(error)) throw error
    return fail(systemFailure('read', error, path))
  }
}

async function openFile(path: string, scratch: string, signal: AbortSignal): Promise<Result<Archive>> {
  const file = await open(path, 'r')
  const start = Buffer.alloc(8)
  await file.read(start, 0, start.length, 0)
  const compression = compressionOf(start)
  if (compression === null) {
    const opened = await openTar(file)
    if (!opened.ok) await file.close()
    return opened
  }
  await file.close()
  const expand = { gzip: createGunzip, zstd: createZstdDecompress }[compression]
  if (expand === undefined) {
    return fail({ code: 'E_SPEC', message: `${path} is compressed with ${compression}; decompress it first` })
  }
  const copy = join(scratch, 'archive.tar')
  await pipeline(createReadStream(path), expand(), bounded(), createWriteStream(copy, { mode: 0o600 }), { signal })
  return await openFile(copy, scratch, signal)
}

async function openCopy(stream: Readable, scratch: string, signal: AbortSignal): Promise<Result<Archive>> {
  const copy = join(scratch, 'input')
  await pipeline(stream, bounded(), createWriteStream(copy, { mode: 0o600 }), { signal })
  return await openFile(copy, scratch, signal)
}

const compressionOf = (start: Buffer): string | null =>
  magics.find(([, bytes]) => bytes.every((byte, i) => start[i] === byte))?.[0] ?? null

/** Ends an endless stream before it has filled the disk with what is no archive. */
function bounded(): Transform {
  let bytes = 0
  return new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length
      if (bytes <= maxLayerBytes) done(null, piece)
      else done(Object.assign(new Error('too large'), { code: 'EFBIG', errno: -27 }))
    },
  })
}
