import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { FileContent, KeptFile } from '../model/bound-file.ts'
import { settledAfterMs } from '../model/bound-file.ts'
import type { BindMount } from '../model/desired.ts'
import { known, unknown, type Known } from '../model/errors.ts'
import { withinDeadline } from './deadline.ts'
import { errnoOf } from './files.ts'
import { foreignMountOf, lookAtForeign } from './foreign.ts'

/** What stands at a path now; `content` null: it is being written. */
export type SeenFile = { readonly changedAtMs: number; readonly content: FileContent | null }

/** Beyond this a file's inode, size and time stand for what is in it. */
const largeBytes = 4 * 2 ** 20
/** Who writes without a pause is not waited for longer. */
const longestWaitMs = 2000
/** A look may have begun before the file was written. */
const longestLookMs = 5000
/** Two writes within a tick of the kernel's clock leave the same times. */
const clockTickMs = 20

type Memory = { content: FileContent | null; restlessSinceMs: number | null }
/** By path: what was read last, so that it is read once a change. */
const remembered = new Map<string, Memory>()
const mostRemembered = 10_000

/** null: it is no file. `kept`: what needs no reading if it is still the same. */
export async function lookAtFile(
  path: string,
  nowMs: number,
  kept: FileContent | null,
): Promise<Known<SeenFile | null>> {
  const foreign = foreignMountOf(path)
  if (foreign !== null) return timesFromOutside(foreign, path)
  return withinDeadline(
    `file ${path}`,
    () => opened(path, async file => await seen(file, memoryOf(path), nowMs, kept)),
    why => unknown(`${path} ${why}`),
  )
}

/** What may never answer is not read: its times stand for what is in it. */
async function timesFromOutside(foreign: string, path: string): Promise<Known<SeenFile | null>> {
  const sight = await lookAtForeign(foreign, path)
  if (!sight.known) return sight
  const { kind, dev, ino, size, mtimeNs, ctimeNs = '0' } = sight.value
  if (kind === 'absent') return unknown(`${path} does not exist`)
  if (kind !== 'file') return known(null)
  const content = {
    stat: [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    digest: `large:${[dev, ino, size, mtimeNs].join(':')}`,
  }
  return known({ changedAtMs: Number(BigInt(ctimeNs) / 1_000_000n), content })
}

/** What is in the files that are bound, for a start that follows; what doesn't answer is left out. */
export async function readBoundFiles(
  mounts: readonly BindMount[],
  now: () => number,
): Promise<Readonly<Record<string, KeptFile>>> {
  const read = await Promise.all(
    mounts.map(async ({ source, target }) => {
      const content = await contentAt(source, now)
      return content === null ? [] : [[target, { source, ...content }] as const]
    }),
  )
  return Object.fromEntries(read.flat())
}

async function contentAt(path: string, now: () => number): Promise<FileContent | null> {
  const foreign = foreignMountOf(path)
  if (foreign !== null) {
    const sight = await timesFromOutside(foreign, path)
    return sight.known ? (sight.value?.content ?? null) : null
  }
  const content = await withinDeadline(
    `content ${path}`,
    () => opened(path, file => contentNow(file, now())),
    why => unknown(why),
  )
  return content.known ? content.value : null
}

/** Only a file is opened: some devices do something then. */
async function opened<T>(path: string, use: (file: FileHandle) => Promise<T | null>): Promise<Known<T | null>> {
  let file: FileHandle | null = null
  try {
    if (!(await stat(path)).isFile()) return known(null)
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    return known(await use(file))
  } catch (error) {
    const errno = errnoOf(error)
    return unknown(errno === 'ENOENT' ? `${path} does not exist` : `cannot read ${path} (${errno})`)
  } finally {
    await file?.close()
  }
}

type Times = { readonly stat: string; readonly digest: string; readonly isLarge: boolean; readonly changedAtMs: number }

async function timesOf(file: FileHandle): Promise<Times | null> {
  const { dev, ino, size, mtimeNs, ctimeNs, ...found } = await file.stat({ bigint: true })
  if ((Number(found.mode) & constants.S_IFMT) !== constants.S_IFREG) return null
  return {
    stat: [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    digest: `large:${[dev, ino, size, mtimeNs].join(':')}`,
    isLarge: size > largeBytes,
    changedAtMs: Number(ctimeNs / 1_000_000n),
  }
}

async function seen(
  file: FileHandle,
  memory: Memory,
  nowMs: number,
  kept: FileContent | null,
): Promise<SeenFile | null> {
  const times = await timesOf(file)
  if (times === null) return null
  const { stat, changedAtMs } = times
  const same = [kept, memory.content].find(content => content?.stat === stat)
  const ageMs = nowMs - changedAtMs
  const isRestless = !same && ageMs > -longestLookMs && ageMs < settledAfterMs
  memory.restlessSinceMs = isRestless ? (memory.restlessSinceMs ?? nowMs) : null
  if (same) return { changedAtMs, content: same }
  if (isRestless && nowMs - (memory.restlessSinceMs ?? nowMs) < longestWaitMs) return { changedAtMs, content: null }
  const content = await read(file, times)
  // it may change within the same tick of the clock, and a clock that was set back makes the times of the next change look like these
  memory.content = ageMs < settledAfterMs ? null : content
  return { changedAtMs, content }
}

async function contentNow(file: FileHandle, nowMs: number): Promise<FileContent | null> {
  const times = await timesOf(file)
  if (times === null) return null
  const content = await read(file, times)
  return nowMs - times.changedAtMs < clockTickMs ? { ...content, stat: '' } : content
}

async function read(file: FileHandle, { stat, digest, isLarge }: Times): Promise<FileContent> {
  if (isLarge) return { stat, digest }
  const bytes = Buffer.allocUnsafe(largeBytes)
  let length = 0
  for (let got = -1; got !== 0 && length < largeBytes; length += got)
    got = (await file.read(bytes, length, largeBytes - length, length)).bytesRead
  return { stat, digest: `sha256:${createHash('sha256').update(bytes.subarray(0, length)).digest('hex')}` }
}

function memoryOf(path: string): Memory {
  const memory = remembered.get(path) ?? { content: null, restlessSinceMs: null }
  if (remembered.size >= mostRemembered) remembered.clear()
  remembered.set(path, memory)
  return memory
}
