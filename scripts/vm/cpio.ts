/** A file of a first root: the kernel unpacks these archives (Documentation/driver-api/early-userspace/buffer-format.rst). */
export type RootFile = { readonly name: string; readonly mode: number; readonly content: Uint8Array | string }

/** The archive, in cpio's format `newc`; directories come first where a name needs them. */
export function cpio(files: readonly RootFile[]): Buffer {
  const directories = new Set(files.flatMap(({ name }) => parents(name)))
  const members = [
    ...[...directories].map(name => ({ name, mode: 0o40755, content: '' })),
    ...files.map(file => ({ ...file, mode: 0o100000 | file.mode })),
    { name: 'TRAILER!!!', mode: 0, content: '' },
  ]
  return Buffer.concat(members.flatMap(member))
}

function parents(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

function member({ name, mode, content }: RootFile, index: number): Buffer[] {
  const data = Buffer.from(content)
  const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return [padded(Buffer.from(header)), padded(data)]
}

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
