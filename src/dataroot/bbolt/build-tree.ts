import { elementBytes, pageFlags, pageHeaderBytes, writePageHeader } from './layout.ts'
import type { Element } from './read-tree.ts'

export type PageRun = { readonly id: number; readonly bytes: Buffer }
export type BuiltTree = { readonly root: number; readonly runs: readonly PageRun[] }
/** Gives the first of so many free pages in a row. */
export type Allocate = (pages: number) => number

type Child = { readonly key: Buffer; readonly id: number }

const mostElements = 0xfffe

/** Packs elements, which are sorted by key, into leaves and puts branches over them until there is one root. */
export function buildTree(elements: readonly Element[], pageBytes: number, allocate: Allocate): BuiltTree {
  const runs: PageRun[] = []
  let level = groups(elements, ({ key, value }) => key.length + value.length, pageBytes).map(group => {
    const run = leafRun(group, pageBytes, allocate)
    runs.push(run)
    return { key: group[0]?.key ?? Buffer.alloc(0), id: run.id }
  })
  while (level.length > 1) {
    level = groups(level, ({ key }) => key.length, pageBytes, 2).map(group => {
      const run = branchRun(group, pageBytes, allocate)
      runs.push(run)
      return { key: group[0]?.key ?? Buffer.alloc(0), id: run.id }
    })
  }
  return { root: level[0]?.id ?? 0, runs }
}

/** As many items a page as fit, but at least `least`: a page of one child would never end the climb. */
function groups<T>(items: readonly T[], bytesOf: (item: T) => number, pageBytes: number, least = 1): T[][] {
  const result: T[][] = [[]]
  let used = pageHeaderBytes
  for (const item of items) {
    const bytes = elementBytes + bytesOf(item)
    let group = result[result.length - 1] as T[]
    if (group.length >= least && (used + bytes > pageBytes || group.length >= mostElements)) {
      group = []
      result.push(group)
      used = pageHeaderBytes
    }
    group.push(item)
    used += bytes
  }
  return result
}

function leafRun(elements: readonly Element[], pageBytes: number, allocate: Allocate): PageRun {
  const dataBytes = elements.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  const run = emptyRun({ flags: pageFlags.leaf, count: elements.length, dataBytes }, pageBytes, allocate)
  let data = pageHeaderBytes + elements.length * elementBytes
  for (const [i, { flags, key, value }] of elements.entries()) {
    const at = pageHeaderBytes + i * elementBytes
    run.bytes.writeUInt32LE(flags, at)
    run.bytes.writeUInt32LE(data - at, at + 4)
    run.bytes.writeUInt32LE(key.length, at + 8)
    run.bytes.writeUInt32LE(value.length, at + 12)
    data += key.copy(run.bytes, data)
    data += value.copy(run.bytes, data)
  }
  return run
}

function branchRun(children: readonly Child[], pageBytes: number, allocate: Allocate): PageRun {
  const dataBytes = children.reduce((sum, { key }) => sum + key.length, 0)
  const run = emptyRun({ flags: pageFlags.branch, count: children.length, dataBytes }, pageBytes, allocate)
  let data = pageHeaderBytes + children.length * elementBytes
  for (const [i, { key, id }] of children.entries()) {
    const at = pageHeaderBytes + i * elementBytes
    run.bytes.writeUInt32LE(data - at, at)
    run.bytes.writeUInt32LE(key.length, at + 4)
    run.bytes.writeBigUInt64LE(BigInt(id), at + 8)
    data += key.copy(run.bytes, data)
  }
  return run
}

function emptyRun(
  page: { readonly flags: number; readonly count: number; readonly dataBytes: number },
  pageBytes: number,
  allocate: Allocate,
): PageRun {
  const pages = Math.ceil((pageHeaderBytes + page.count * elementBytes + page.dataBytes) / pageBytes)
  const id = allocate(pages)
  const bytes = Buffer.alloc(pages * pageBytes)
  writePageHeader(bytes, { id, flags: page.flags, count: page.count, overflow: pages - 1 })
  return { id, bytes }
}
