import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { writable } from '../writable.ts'
import { blockBytes, paddingBytes, writeHeader } from './tar-header.ts'

/** Where an archive's files go, one after the other. Throws system errors. */
export type ArchiveWriter = {
  readonly add: (name: string, sizeBytes: number, bytes: AsyncIterable<Uint8Array>) => Promise<void>
  readonly end: () => Promise<void>
}

/** The size of a file is not what was announced: the archive is unusable. */
export class SizeError extends Error {}

export function tarWriter(out: Writable): ArchiveWriter {
  const failed: { error: Error | null } = { error: null }
  out.on('error', error => (failed.error = error))
  const write = (bytes: Uint8Array) => written(out, bytes, failed)
  const directories = new Set<string>()
  return {
    add: async (name, sizeBytes, bytes) => {
      for (const directory of directoriesOf(name).filter(one => !directories.has(one))) {
        directories.add(directory)
        await write(writeHeader(directory, 0))
      }
      await write(writeHeader(name, sizeBytes))
      await copy(name, sizeBytes, bytes, write)
      await write(Buffer.alloc(paddingBytes(sizeBytes)))
    },
    end: () => write(Buffer.alloc(2 * blockBytes)),
  }
}

/** Into a directory that is empty. */
export function directoryWriter(top: string): ArchiveWriter {
  return {
    add: async (name, sizeBytes, bytes) => {
      const path = join(top, name)
      mkdirSync(dirname(path), { recursive: true })
      const out = createWriteStream(path, { flags: 'wx', flush: true })
      const failed: { error: Error | null } = { error: null }
      out.on('error', error => (failed.error = error))
      try {
        await copy(name, sizeBytes, bytes, piece => written(out, piece, failed))
      } finally {
        out.end()
      }
      await finished(out)
    },
    end: async () => undefined,
  }
}

/** `a/b/c` → `a/`, `a/b/` */
const directoriesOf = (name: string): string[] =>
  name
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) => `${parts.slice(0, i + 1).join('/')}/`)

async function copy(
  name: string,
  sizeBytes: number,
  bytes: AsyncIterable<Uint8Array>,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  let done = 0
  for await (const piece of bytes) {
    done += piece.length
    if (done > sizeBytes) break
    await write(piece)
  }
  if (done !== sizeBytes) throw new SizeError(`${name} has other than ${sizeBytes} bytes`)
}

async function written(out: Writable, bytes: Uint8Array, failed: { readonly error: Error | null }): Promise<void> {
  if (failed.error !== null) throw failed.error
  if (bytes.length === 0 || out.write(bytes)) return
  await writable(out)
  if (failed.error !== null) throw failed.error
}
