/** One 512-byte header of a tar archive, as far as reading archives of images needs it. */
export type TarHeader = {
  readonly name: string
  readonly type: string
  readonly sizeBytes: number
  readonly link: string
}

export const blockBytes = 512

/** Null for the blocks of zeros at the end; a text says why a block is no header. */
export function readHeader(block: Buffer): TarHeader | string | null {
  if (block.every(byte => byte === 0)) return null
  const sum = block.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (numberAt(block, 148, 8) !== sum) return 'a header with a wrong checksum'
  const sizeBytes = numberAt(block, 124, 12)
  if (sizeBytes === null) return 'a header without a size'
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? textAt(block, 345, 155) : ''
  const name = textAt(block, 0, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    sizeBytes,
    link: textAt(block, 157, 100),
  }
}

function textAt(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? length : end)
}

/** Octal, or base 256 where the first bit is set; null for what is neither, or more than can be counted. */
function numberAt(block: Buffer, offset: number, length: number): number | null {
  const field = block.subarray(offset, offset + length)
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((all, byte) => all * 256 + byte, 0)
    return Number.isSafeInteger(value) ? value : null
  }
  const digits = /^[ \0]*([0-7]+)[ \0]*$/.exec(field.toString('latin1'))?.[1]
  return digits === undefined ? null : Number.parseInt(digits, 8)
}

/** The header of a regular file or a directory, with the same owner, mode and time whoever makes it when. */
export function writeHeader(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  if (Buffer.byteLength(name) > 100) throw new Error(`too long for a header: ${name}`)
  const isDirectory = name.endsWith('/')
  const octal = (value: number, offset: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1')
  block.write(name, 0)
  octal(isDirectory ? 0o755 : 0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  if (sizeBytes < 8 ** 11) octal(sizeBytes, 124, 12)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(sizeBytes), 128)
  }
  octal(0, 136, 12)
  block.write(isDirectory ? '5' : '0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  block.fill(' ', 148, 156)
  const sum = block.reduce((all, byte) => all + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

export const paddingBytes = (sizeBytes: number): number => (blockBytes - (sizeBytes % blockBytes)) % blockBytes
