/**
 * The pages of a bbolt file: little-endian; two meta pages, of which the valid one with the higher transaction counts;
 * everything else is copied on write (go.etcd.io/bbolt, db.go and page.go).
 */
export const pageFlags = { branch: 1, leaf: 2, meta: 4, freelist: 16 } as const
export const pageHeaderBytes = 16
export const elementBytes = 16
export const bucketFlag = 1
export const freshPageBytes = 4096

const magic = 0xed0cdaed
const version = 2
const metaBytes = 64
const pageSizes = [1024, 2048, 4096, 8192, 16384, 32768, 65536]
/** Written in place of the free list's page where an engine was told not to keep one. */
const noFreelist = 0xffffffffffffffffn

export type Meta = {
  readonly slot: 0 | 1
  readonly pageBytes: number
  readonly rootPage: number
  readonly rootSequence: bigint
  /** null: the free pages are not recorded */
  readonly freelistPage: number | null
  /** the first page number that was never used */
  readonly highWater: number
  readonly txid: bigint
}

/** Ends the reading of a file that isn't what it should be; `readable` turns it into a value. */
export function damaged(why: string): never {
  throw Object.assign(new Error(why), { damagedDatabase: true })
}

/** What `read` gives, or why the file can't be read. */
export function readable<T>(read: () => T): { readonly value: T } | { readonly why: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof Error && 'damagedDatabase' in error) return { why: error.message }
    throw error
  }
}

/** The meta page that counts, or null when neither is valid. */
export function currentMeta(file: Buffer): Meta | null {
  const first = metaAt(file, 0, 0)
  const sizes = first === null ? pageSizes : [first.pageBytes]
  const second = sizes.map(size => metaAt(file, size, 1)).find(meta => meta !== null) ?? null
  if (first === null || second === null) return first ?? second
  return second.txid > first.txid ? second : first
}

function metaAt(file: Buffer, offset: number, slot: 0 | 1): Meta | null {
  const start = offset + pageHeaderBytes
  if (file.length < start + metaBytes) return null
  const body = file.subarray(start, start + metaBytes)
  if (body.readUInt32LE(0) !== magic || body.readUInt32LE(4) !== version) return null
  if (body.readBigUInt64LE(56) !== fnv1a(body.subarray(0, 56))) return null
  const pageBytes = body.readUInt32LE(8)
  if (!pageSizes.includes(pageBytes) || (slot === 1 && offset !== pageBytes)) return null
  const freelist = body.readBigUInt64LE(32)
  return {
    slot,
    pageBytes,
    rootPage: Number(body.readBigUInt64LE(16)),
    rootSequence: body.readBigUInt64LE(24),
    freelistPage: freelist === noFreelist ? null : Number(freelist),
    highWater: Number(body.readBigUInt64LE(40)),
    txid: body.readBigUInt64LE(48),
  }
}

export function metaPage(meta: Meta): Buffer {
  const page = Buffer.alloc(meta.pageBytes)
  writePageHeader(page, { id: meta.slot, flags: pageFlags.meta, count: 0 })
  const body = page.subarray(pageHeaderBytes, pageHeaderBytes + metaBytes)
  body.writeUInt32LE(magic, 0)
  body.writeUInt32LE(version, 4)
  body.writeUInt32LE(meta.pageBytes, 8)
  body.writeBigUInt64LE(BigInt(meta.rootPage), 16)
  body.writeBigUInt64LE(meta.rootSequence, 24)
  body.writeBigUInt64LE(meta.freelistPage === null ? noFreelist : BigInt(meta.freelistPage), 32)
  body.writeBigUInt64LE(BigInt(meta.highWater), 40)
  body.writeBigUInt64LE(meta.txid, 48)
  body.writeBigUInt64LE(fnv1a(body.subarray(0, 56)), 56)
  return page
}

/** `page` holds all pages of one run; those after the first are its overflow. */
export function writePageHeader(
  page: Buffer,
  header: { readonly id: number; readonly flags: number; readonly count: number; readonly overflow?: number },
): void {
  page.writeBigUInt64LE(BigInt(header.id), 0)
  page.writeUInt16LE(header.flags, 8)
  page.writeUInt16LE(header.count, 10)
  page.writeUInt32LE(header.overflow ?? 0, 12)
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}
