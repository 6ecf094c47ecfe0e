import { bucketFlag, damaged, elementBytes, pageFlags, pageHeaderBytes } from './layout.ts'
import type { Meta } from './layout.ts'

export type Element = { readonly flags: number; readonly key: Buffer; readonly value: Buffer }
export type Tree = { readonly elements: readonly Element[]; readonly pages: ReadonlySet<number> }

type Page = { readonly flags: number; readonly count: number; readonly body: Buffer }
type Walk = { readonly file: Buffer; readonly meta: Meta; readonly pages: Set<number> }

const deepestTree = 32
const deepestBucket = 16

/** All elements below a page, in order, and the pages that hold them. Bounded: no page is read twice. */
export function readTree(file: Buffer, meta: Meta, root: number, pages = new Set<number>()): Tree {
  const elements: Element[] = []
  collect({ file, meta, pages }, root, elements, 0)
  return { elements, pages }
}

/** The elements of a bucket, from its value in the tree above; an inline one has no page. */
export function readBucket(file: Buffer, meta: Meta, bucket: Element, pages = new Set<number>()): Tree {
  const { value } = bucket
  if ((bucket.flags & bucketFlag) === 0 || value.length < 16) damaged(`${bucket.key.toString()} is no bucket`)
  const root = Number(value.readBigUInt64LE(0))
  if (root !== 0) return readTree(file, meta, root, pages)
  const page = pageIn(value.subarray(16))
  if (page.flags !== pageFlags.leaf) damaged('an inline bucket is no leaf')
  return { elements: leafElements(page), pages }
}

/** Every page that a tree and the buckets in it occupy. */
export function reachablePages(file: Buffer, meta: Meta): Set<number> {
  const pages = new Set<number>()
  const walk = (elements: readonly Element[], depth: number): void => {
    if (depth > deepestBucket) damaged('buckets are nested too deep')
    for (const element of elements) {
      if ((element.flags & bucketFlag) !== 0) walk(readBucket(file, meta, element, pages).elements, depth + 1)
    }
  }
  walk(readTree(file, meta, meta.rootPage, pages).elements, 0)
  return pages
}

/** The pages of a run that starts at `id`, marked as read. */
export function occupy(file: Buffer, meta: Meta, id: number, pages: Set<number>): Buffer {
  const start = id * meta.pageBytes
  if (!Number.isSafeInteger(id) || id < 2 || id >= meta.highWater || start + meta.pageBytes > file.length) {
    damaged(`page ${id} is outside the file`)
  }
  const run = 1 + file.readUInt32LE(start + 12)
  if (id + run > meta.highWater || start + run * meta.pageBytes > file.length) {
    damaged(`page ${id} runs over the end of the file`)
  }
  for (let page = id; page < id + run; page++) {
    if (pages.has(page)) damaged(`page ${page} is used twice`)
    pages.add(page)
  }
  if (Number(file.readBigUInt64LE(start)) !== id) damaged(`page ${id} says that it is another one`)
  return file.subarray(start, start + run * meta.pageBytes)
}

function collect(walk: Walk, id: number, into: Element[], depth: number): void {
  if (depth > deepestTree) damaged('the tree is too deep')
  const page = pageIn(occupy(walk.file, walk.meta, id, walk.pages))
  if (page.flags === pageFlags.leaf) into.push(...leafElements(page))
  else if (page.flags === pageFlags.branch) {
    for (const child of branchChildren(page)) collect(walk, child, into, depth + 1)
  } else damaged(`page ${id} is neither branch nor leaf`)
}

function pageIn(bytes: Buffer): Page {
  if (bytes.length < pageHeaderBytes) damaged('a page is cut off')
  const count = bytes.readUInt16LE(10)
  if (pageHeaderBytes + count * elementBytes > bytes.length) damaged('a page has more elements than fit')
  return { flags: bytes.readUInt16LE(8), count, body: bytes }
}

function leafElements({ count, body }: Page): Element[] {
  return Array.from({ length: count }, (_, i) => {
    const at = pageHeaderBytes + i * elementBytes
    const start = at + body.readUInt32LE(at + 4)
    const keyEnd = start + body.readUInt32LE(at + 8)
    const end = keyEnd + body.readUInt32LE(at + 12)
    if (end > body.length) damaged('an element lies outside its page')
    return { flags: body.readUInt32LE(at), key: body.subarray(start, keyEnd), value: body.subarray(keyEnd, end) }
  })
}

const branchChildren = ({ count, body }: Page): number[] =>
  Array.from({ length: count }, (_, i) => Number(body.readBigUInt64LE(pageHeaderBytes + i * elementBytes + 8)))
