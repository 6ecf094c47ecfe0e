// Tar archives with whatever a header can say, also what no archiver would write.

export type Entry = {
  readonly name: string | Buffer
  /** '0' file, '1' hard link, '2' link, '3' '4' devices, '5' directory, '6' FIFO; any other too. */
  readonly type?: string
  readonly content?: string | Buffer
  /** What the header says, if it isn't the length of the content. */
  readonly size?: number
  readonly link?: string | Buffer
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: number
  readonly device?: readonly [major: number, minor: number]
  readonly pax?: Readonly<Record<string, string | Buffer>>
  /** Changes the block before its checksum is made. */
  readonly patch?: (block: Buffer) => void
}

const blockBytes = 512

/** The members, and two blocks of zeros. */
export const tar = (...entries: readonly Entry[]): Buffer => Buffer.concat([...entries.map(member), Buffer.alloc(1024)])

export function member(entry: Entry): Buffer {
  const content = Buffer.from(entry.content ?? '')
  const pax = entry.pax === undefined ? Buffer.alloc(0) : extension('x', paxRecords(entry.pax))
  return Buffer.concat([pax, header(entry, entry.size ?? content.length), padded(content)])
}

export const dir = (name: string, more: Partial<Entry> = {}): Entry => ({ name, type: '5', mode: 0o755, ...more })
export const file = (name: string | Buffer, content = 'x', more: Partial<Entry> = {}): Entry => ({
  name,
  content,
  ...more,
})
export const link = (name: string, to: string): Entry => ({ name, type: '2', link: to, mode: 0o777 })
export const hardLink = (name: string, to: string): Entry => ({ name, type: '1', link: to })

/** A PAX ('x', 'g') or GNU ('L', 'K') extension header with its data. */
export const extension = (type: string, data: Buffer): Buffer =>
  Buffer.concat([header({ name: 'extension', type }, data.length), padded(data)])

export function paxRecords(records: Readonly<Record<string, string | Buffer>>): Buffer {
  return Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, Buffer.from(value))))
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

export const padded = (data: Buffer): Buffer =>
  Buffer.concat([data, Buffer.alloc((blockBytes - (data.length % blockBytes)) % blockBytes)])

export function header(entry: Entry, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  Buffer.from(entry.name).copy(block, 0, 0, 100)
  number(block, 100, 8, entry.mode ?? 0o644)
  number(block, 108, 8, entry.uid ?? 0)
  number(block, 116, 8, entry.gid ?? 0)
  number(block, 124, 12, sizeBytes)
  number(block, 136, 12, entry.mtime ?? 1_600_000_000)
  block.write(entry.type ?? '0', 156, 'latin1')
  Buffer.from(entry.link ?? '').copy(block, 157, 0, 100)
  block.write('ustar\x0000', 257, 'latin1')
  number(block, 329, 8, entry.device?.[0] ?? 0)
  number(block, 337, 8, entry.device?.[1] ?? 0)
  entry.patch?.(block)
  return checksummed(block)
}

export function checksummed(block: Buffer): Buffer {
  block.fill(' ', 148, 156)
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  )
  return block
}

/** Octal, or base 256 where that is too short or the number is negative. */
function number(block: Buffer, offset: number, width: number, value: number): void {
  const octal = value.toString(8).padStart(width - 1, '0')
  if (value >= 0 && octal.length < width) {
    block.write(octal, offset, 'latin1')
    return
  }
  let rest = BigInt(value)
  for (let index = width - 1; index >= 0; index--, rest >>= 8n) block[offset + index] = Number(rest & 0xffn)
  if (value >= 0) block[offset] = (block[offset] ?? 0) | 0x80
}
