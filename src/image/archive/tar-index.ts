import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { blockBytes, paddingBytes, readHeader } from './tar-header.ts'

/** Where the members of an archive lie in its file. */
export type TarIndex = ReadonlyMap<string, Place>
export type Place = { readonly offset: number; readonly sizeBytes: number }

type Found = Place | { readonly link: string }

const mostMembers = 20_000
const mostExtensionBytes = 1024 * 1024
const mostLinks = 8

/** Reads an archive's headers, not what lies between them. Members outside of the archive are left out. */
export async function indexTar(file: FileHandle, sizeBytes: number): Promise<Result<TarIndex>> {
  const found = new Map<string, Found>()
  const block = Buffer.alloc(blockBytes)
  let more: Extension = {}
  for (let offset = 0, members = 0; offset + blockBytes <= sizeBytes; members += 1) {
    if (members > mostMembers) return broken(`more than ${mostMembers} members`)
    await file.read(block, 0, blockBytes, offset)
    const header = readHeader(block)
    if (header === null) break
    if (typeof header === 'string') return broken(`${header} at byte ${offset}`)
    const start = offset + blockBytes
    const { type } = header
    const isExtension = 'xLK'.includes(type)
    const bytes = isExtension ? header.sizeBytes : (more.sizeBytes ?? header.sizeBytes)
    if (start + bytes > sizeBytes) return broken(`${JSON.stringify(header.name.slice(0, 200))} is cut off`)
    if (isExtension) {
      if (bytes > mostExtensionBytes) return broken(`a header of ${bytes} bytes`)
      const data = Buffer.alloc(bytes)
      await file.read(data, 0, bytes, start)
      more = { ...more, ...extensionOf(type, data) }
    } else if (type !== 'g') {
      add(found, more.name ?? header.name, type, { offset: start, sizeBytes: bytes }, more.link ?? header.link)
      more = {}
    }
    offset = start + bytes + paddingBytes(bytes)
  }
  return ok(resolved(found))
}

const broken = (why: string) => fail({ code: 'E_SPEC' as const, message: `the tar archive is damaged: ${why}` })

type Extension = { readonly name?: string; readonly link?: string; readonly sizeBytes?: number }

function extensionOf(type: string, data: Buffer): Extension {
  const text = data.toString('utf8').replace(/\0+$/, '')
  if (type === 'L') return { name: text }
  if (type === 'K') return { link: text }
  const records: Record<string, string> = {}
  for (let at = 0; at < data.length; ) {
    const length = Number(/^\d{1,7} /.exec(data.toString('latin1', at, at + 8))?.[0] ?? 0)
    if (length < 4) break
    const record = data.toString('utf8', data.indexOf(' ', at) + 1, at + length - 1)
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  const { path, linkpath, size } = records
  return {
    ...(path === undefined ? {} : { name: path }),
    ...(linkpath === undefined ? {} : { link: linkpath }),
    ...(size !== undefined && /^\d{1,15}$/.test(size) ? { sizeBytes: Number(size) } : {}),
  }
}

function add(found: Map<string, Found>, told: string, type: string, place: Place, link: string): void {
  const name = inside(told)
  if (name === null) return
  if (type === '0' || type === '\0' || type === '7') found.set(name, place)
  else if (type === '1') found.set(name, { link: inside(link) ?? '' })
  else if (type === '2') found.set(name, { link: inside(posix.join(posix.dirname(name), link)) ?? '' })
}

/** `./a//b` → `a/b`; null for what leaves the archive or is its top. */
function inside(name: string): string | null {
  const path = posix.normalize(name).replace(/^\/+/, '').replace(/\/+$/, '')
  return path === '' || path === '.' || path === '..' || path.startsWith('../') ? null : path
}

function resolved(found: ReadonlyMap<string, Found>): TarIndex {
  const places = new Map<string, Place>()
  for (const [name, first] of found) {
    let at: Found | undefined = first
    for (let links = 0; at !== undefined && 'link' in at && links < mostLinks; links += 1) at = found.get(at.link)
    if (at !== undefined && !('link' in at)) places.set(name, at)
  }
  return places
}
