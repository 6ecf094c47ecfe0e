import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Result } from '../../src/model/errors.ts'
import type { ProcessIdentity } from '../../src/model/identity.ts'
import { createImage } from '../../src/dataroot/images/image-entry.ts'
import type { StoredImage } from '../../src/dataroot/images/image-entry.ts'
import { registerLayer } from '../../src/dataroot/images/register-layer.ts'
import { discardStaged, stageLayer } from '../../src/dataroot/images/staged-layer.ts'
import type { ImagePaths } from '../../src/dataroot/layout/paths.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'

/** A member of a layer, as a tar archive has it: a directory's name ends in `/`. */
export type Member = {
  readonly name: string
  readonly content?: string
  readonly mode?: number
  readonly link?: { readonly kind: 'hard' | 'symbolic'; readonly target: string }
}

export type HandMadeLayer = {
  readonly tar: Buffer
  readonly diffId: string
  readonly tarSplit: Buffer
  readonly sizeBytes: number
}

const block = 512
const sha256 = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A layer's archive and its tar-split, written by hand after their formats, not by the code under test. */
export function handMadeLayer(members: readonly Member[]): HandMadeLayer {
  const parts: Buffer[] = []
  const entries: object[] = []
  let pending = Buffer.alloc(0)
  let sizeBytes = 0
  const add = (entry: object) => entries.push({ ...entry, position: entries.length })
  for (const member of members) {
    const content = Buffer.from(member.content ?? '')
    const padding = Buffer.alloc((block - (content.length % block)) % block)
    const header = headerOf(member, content.length)
    parts.push(header, content, padding)
    add({ type: 2, payload: Buffer.concat([pending, header]).toString('base64') })
    const file = content.length === 0 ? { payload: null } : { size: content.length, payload: crc64(content) }
    add({ type: 1, name: member.name, ...file })
    pending = padding
    if (member.link?.kind === 'symbolic') sizeBytes += member.link.target.length
    else if (member.link === undefined && !member.name.endsWith('/')) sizeBytes += content.length
  }
  const end = Buffer.alloc(2 * block)
  parts.push(end)
  add({ type: 2, payload: Buffer.concat([pending, end]).toString('base64') })
  const tar = Buffer.concat(parts)
  const tarSplit = gzipSync(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
  return { tar, diffId: sha256(tar), tarSplit, sizeBytes }
}

/** A configuration for these layers; `extra` goes over what it says. */
export const handMadeConfig = (layers: readonly HandMadeLayer[], extra: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64'],
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Env: ['PATH=/bin'], Cmd: ['/bin/hello'], Labels: { made: 'by hand' } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map((_, i) => ({ created: '2026-01-02T03:04:05Z', created_by: `layer ${i}` })),
      ...extra,
    }),
  )

/** Unpacks layers by hand and puts them, then the image, into the stores. */
export async function storeImage(
  at: ImagePaths,
  layers: readonly (readonly Member[])[],
  options: { readonly config?: object; readonly owner?: ProcessIdentity } = {},
): Promise<StoredImage> {
  const made = layers.map(handMadeLayer)
  let parent: string | null = null
  for (const [i, layer] of made.entries()) {
    const staged = expectOk(stageLayer(at, options.owner ?? identify(), null))
    unpack(staged.diff, layers[i] ?? [])
    writeFileSync(staged.tarSplit, layer.tarSplit)
    const { diffId, sizeBytes } = layer
    parent = expectOk(registerLayer(at, staged, { diffId, parent, sizeBytes })).chainId
    expectOk(await discardStaged(staged))
  }
  return expectOk(createImage(at, handMadeConfig(made, options.config)))
}

/** What an unpacker leaves below `diff`: members in their order, whiteouts as devices. */
function unpack(diff: string, members: readonly Member[]): void {
  for (const { name, content, mode, link } of members) {
    const path = join(diff, name)
    mkdirSync(dirname(path), { recursive: true })
    const hidden = /^(.*\/)?\.wh\.([^/]+)$/.exec(name)
    if (hidden !== null) {
      const made = spawnSync('mknod', ['-m', '0', join(diff, hidden[1] ?? '', hidden[2] ?? ''), 'c', '0', '0'])
      if (made.status !== 0) throw new Error(`mknod: ${made.stderr}`)
    } else if (link?.kind === 'hard') linkSync(join(diff, link.target), path)
    else if (link !== undefined) symlinkSync(link.target, path)
    else {
      if (name.endsWith('/')) mkdirSync(path, { recursive: true })
      else writeFileSync(path, content ?? '')
      chmodSync(path, mode ?? (name.endsWith('/') ? 0o755 : 0o644))
    }
  }
}

function identify(): ProcessIdentity {
  const self = identifyProcess(process.pid)
  if (self === null) throw new Error('no /proc')
  return self
}

function headerOf({ name, mode, link }: Member, size: number): Buffer {
  const header = Buffer.alloc(block)
  const isDirectory = name.endsWith('/')
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  header.write(name, 0)
  octal(mode ?? (isDirectory ? 0o755 : 0o644), 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(1767323045, 136, 12)
  header.write('        ', 148)
  header.write(isDirectory ? '5' : link === undefined ? '0' : link.kind === 'hard' ? '1' : '2', 156)
  header.write(link?.target ?? '', 157)
  header.write('ustar\x0000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  return header
}

/** CRC-64 of ISO 3309, big-endian, in base64. */
function crc64(bytes: Buffer): string {
  let crc = 0xffffffffffffffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xd800000000000000n : crc >> 1n
  }
  const sum = Buffer.alloc(8)
  sum.writeBigUInt64BE(crc ^ 0xffffffffffffffffn)
  return sum.toString('base64')
}

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
