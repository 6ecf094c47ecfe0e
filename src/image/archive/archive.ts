import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { isSystemError, systemFailure } from '../system-failure.ts'
import { indexTar } from './tar-index.ts'
import type { Place } from './tar-index.ts'

/** Files of an image archive, be it a directory or a tar file. Its content is hostile. */
export type Archive = {
  /** null: no such regular file */
  readonly sizeBytes: (name: string) => Promise<number | null>
  readonly read: (name: string, mostBytes: number) => Promise<Result<Buffer>>
  readonly stream: (name: string) => AsyncIterable<Uint8Array>
  readonly close: () => Promise<void>
}

const pieceBytes = 256 * 1024

/** A directory in the layout of OCI images. Names are of the form `a/b`, from documents that were read in it. */
export function openDirectory(path: string): Archive {
  const at = (name: string) => join(path, name)
  return archiveOf(
    async name => {
      if (name.startsWith('/') || name.split('/').includes('..')) return null
      try {
        const file = await open(at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
        const stat = await file.stat()
        if (stat.isFile()) return { file, offset: 0, sizeBytes: stat.size, isShared: false }
        await file.close()
        return null
      } catch (error) {
        if (isSystemError(error) && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code)) return null
        throw error
      }
    },
    async () => undefined,
  )
}

/** A tar file that isn't compressed; `file` is closed with the archive. */
export async function openTar(file: FileHandle): Promise<Result<Archive>> {
  const { size } = await file.stat()
  const index = await indexTar(file, size)
  if (!index.ok) return index
  const find = async (name: string): Promise<Part | null> => {
    const place = index.value.get(name)
    return place === undefined ? null : { file, ...place, isShared: true }
  }
  return ok(archiveOf(find, () => file.close()))
}

type Part = Place & { readonly file: FileHandle; readonly isShared: boolean }

function archiveOf(find: (name: string) => Promise<Part | null>, close: () => Promise<void>): Archive {
  const using = async <T>(name: string, act: (part: Part | null) => Promise<T>): Promise<T> => {
    const part = await find(name)
    try {
      return await act(part)
    } finally {
      if (part !== null && !part.isShared) await part.file.close()
    }
  }
  return {
    sizeBytes: name => using(name, async part => part?.sizeBytes ?? null),
    read: (name, mostBytes) => using(name, part => readPart(name, part, mostBytes)),
    stream: async function* (name) {
      const part = await find(name)
      if (part === null) return
      try {
        yield* piecesOf(part)
      } finally {
        if (!part.isShared) await part.file.close()
      }
    },
    close,
  }
}

async function readPart(name: string, part: Part | null, mostBytes: number): Promise<Result<Buffer>> {
  if (part === null) return fail({ code: 'E_SPEC', message: `the archive has no file ${shown(name)}` })
  if (part.sizeBytes > mostBytes) {
    const message = `${shown(name)} has ${part.sizeBytes} bytes, more than the ${mostBytes} that are read`
    return fail({ code: 'E_SPEC', message })
  }
  try {
    const pieces: Uint8Array[] = []
    for await (const piece of piecesOf(part)) pieces.push(piece)
    return ok(Buffer.concat(pieces))
  } catch (error) {
    if (!isSystemError(error)) throw error
    return fail(systemFailure('read', error, name))
  }
}

async function* piecesOf({ file, offset, sizeBytes }: Part): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < sizeBytes; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes - done))
    const { bytesRead } = await file.read(piece, 0, piece.length, offset + done)
    if (bytesRead === 0) return
    done += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}

/** A name of the archive for a message. */
export const shown = (name: string): string => JSON.stringify(name.slice(0, 200))
