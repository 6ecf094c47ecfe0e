import { buildTree } from './build-tree.ts'
import type { PageRun } from './build-tree.ts'
import {
  bucketFlag,
  currentMeta,
  damaged,
  freshPageBytes,
  metaPage,
  pageFlags,
  pageHeaderBytes,
  writePageHeader,
} from './layout.ts'
import type { Meta } from './layout.ts'
import { occupy, reachablePages, readBucket, readTree } from './read-tree.ts'
import type { Element } from './read-tree.ts'

/** One transaction: the pages go to the disk before the meta page that makes them count. */
export type Commit = { readonly runs: readonly PageRun[]; readonly pageBytes: number; readonly meta: PageRun }

/** The elements of a top-level bucket, sorted by key; none where there is no such bucket. */
export function bucketElements(file: Buffer, name: string): readonly Element[] {
  const meta = currentMeta(file) ?? damaged('neither meta page is valid')
  const bucket = readTree(file, meta, meta.rootPage).elements.find(({ key }) => key.toString() === name)
  return bucket === undefined ? [] : readBucket(file, meta, bucket).elements
}

/** Replaces what is in a top-level bucket; other buckets keep their pages. Nothing that the file now shows is overwritten. */
export function planCommit(file: Buffer, name: string, elements: readonly Element[]): Commit {
  const meta = currentMeta(file) ?? damaged('neither meta page is valid')
  if (meta.highWater * meta.pageBytes > file.length) damaged('the file is cut off')
  const root = readTree(file, meta, meta.rootPage)
  const before = root.elements.find(({ key }) => key.toString() === name)
  const replaced = new Set(root.pages)
  if (before !== undefined) readBucket(file, meta, before, replaced)
  const used = reachablePages(file, meta)
  if (meta.freelistPage !== null) occupy(file, meta, meta.freelistPage, used)
  const space = freeSpace(used, meta.highWater)

  const bucket = buildTree([...elements].sort(byKey), meta.pageBytes, space.allocate)
  const header = Buffer.alloc(16)
  header.writeBigUInt64LE(BigInt(bucket.root), 0)
  if (before !== undefined) before.value.copy(header, 8, 8, 16)
  const others = root.elements.filter(element => element !== before)
  const top = [...others, { flags: bucketFlag, key: Buffer.from(name), value: header }].sort(byKey)
  const tree = buildTree(top, meta.pageBytes, space.allocate)

  if (meta.freelistPage !== null) occupy(file, meta, meta.freelistPage, replaced)
  const freelist = freelistRun(space, replaced, meta.pageBytes)
  const slot = meta.slot === 0 ? 1 : 0
  const next: Meta = {
    ...meta,
    slot,
    rootPage: tree.root,
    freelistPage: freelist.id,
    highWater: space.highWater(),
    txid: meta.txid + 1n,
  }
  return {
    runs: [...bucket.runs, ...tree.runs, freelist],
    pageBytes: meta.pageBytes,
    meta: { id: slot, bytes: metaPage(next) },
  }
}

/** A file with nothing in it, as an engine makes it: two meta pages, an empty free list, an empty root. */
export function emptyDatabase(): Buffer {
  const meta = {
    pageBytes: freshPageBytes,
    rootPage: 3,
    rootSequence: 0n,
    freelistPage: 2,
    highWater: 4,
  }
  const freelist = Buffer.alloc(freshPageBytes)
  writePageHeader(freelist, { id: 2, flags: pageFlags.freelist, count: 0 })
  const root = Buffer.alloc(freshPageBytes)
  writePageHeader(root, { id: 3, flags: pageFlags.leaf, count: 0 })
  return Buffer.concat([
    metaPage({ ...meta, slot: 0, txid: 0n }),
    metaPage({ ...meta, slot: 1, txid: 1n }),
    freelist,
    root,
  ])
}

/** The file after a transaction, in memory. */
export function applied(file: Buffer, commit: Commit): Buffer {
  const runs = [...commit.runs, commit.meta]
  const end = Math.max(file.length, ...runs.map(({ id, bytes }) => id * commit.pageBytes + bytes.length))
  const result = Buffer.alloc(end)
  file.copy(result)
  for (const { id, bytes } of runs) bytes.copy(result, id * commit.pageBytes)
  return result
}

type Space = {
  readonly allocate: (pages: number) => number
  readonly left: () => readonly number[]
  readonly highWater: () => number
}

function freeSpace(used: ReadonlySet<number>, from: number): Space {
  const free = Array.from({ length: Math.max(0, from - 2) }, (_, i) => i + 2).filter(id => !used.has(id))
  let highWater = from
  return {
    left: () => free,
    highWater: () => highWater,
    allocate: pages => {
      const at = free.findIndex((id, i) => free[i + pages - 1] === id + pages - 1)
      if (at >= 0) return free.splice(at, pages)[0] as number
      highWater += pages
      return highWater - pages
    },
  }
}

/** Pages that the transaction replaces are free from the next one on: until then the older meta page may still count. */
function freelistRun(space: Space, replaced: ReadonlySet<number>, pageBytes: number): PageRun {
  const mostIds = space.left().length + replaced.size
  const pages = Math.ceil((pageHeaderBytes + 8 * (mostIds + 1)) / pageBytes)
  const id = space.allocate(pages)
  const ids = [...space.left(), ...replaced].sort((a, b) => a - b)
  const bytes = Buffer.alloc(pages * pageBytes)
  const isLong = ids.length >= 0xffff
  writePageHeader(bytes, { id, flags: pageFlags.freelist, count: isLong ? 0xffff : ids.length, overflow: pages - 1 })
  const values = isLong ? [ids.length, ...ids] : ids
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), pageHeaderBytes + 8 * i)
  return { id, bytes }
}

const byKey = (a: { readonly key: Buffer }, b: { readonly key: Buffer }) => Buffer.compare(a.key, b.key)
