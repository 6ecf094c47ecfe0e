import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Failure, Result } from '../../src/model/errors.ts'
import { type Core, openCore } from '../../src/runtime/core.ts'
import type { Unpacked, UnpackRequest } from '../../src/runtime/layers.ts'
import { labPrefix } from './leaks.ts'

/** A core, and a folder in which one layer after the other is unpacked. Gone with the test. */
export type LayerLab = {
  readonly core: Core
  /** Everything that a layer makes lies here, beside `witness`. */
  readonly folder: string
  /** Where the next layer goes: an empty directory is made. */
  next(): { readonly dir: string; readonly tarSplit: string }
}

export function openLayerLab(t: TestContext): LayerLab {
  const folder = realpathSync(mkdtempSync(`${labPrefix}layers-`))
  const rootId = randomBytes(6).toString('hex')
  const shimPath = resolve(import.meta.dirname, '../../build/reconcile-shim')
  const opened = openCore({ rootId, runDir: join(folder, 'run'), shimPath, cgroupParent: `reconcile-${rootId}` })
  assert.ok(opened.ok, JSON.stringify(opened))
  const core = opened.value
  t.after(() => {
    core.close()
    rmSync(folder, { recursive: true })
  })
  let count = 0
  const next = () => {
    const place = join(folder, `layer-${++count}`)
    mkdirSync(join(place, 'diff'), { recursive: true })
    return { dir: join(place, 'diff'), tarSplit: join(place, 'tar-split.json.gz') }
  }
  return { core, folder, next }
}

export const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

type Options = Partial<Omit<UnpackRequest, 'dir' | 'tarSplit'>>
export type Tried = { readonly dir: string; readonly tarSplit: string; readonly result: Result<Unpacked> }

/** Unpacks `blob`, in pieces. What is written after the core has refused the layer is lost, as it should be. */
export async function tryLayer(lab: LayerLab, blob: Buffer | Readable, options: Options = {}): Promise<Tried> {
  const place = lab.next()
  const request = {
    ...place,
    saveBlob: null,
    mediaType: null,
    maxBytes: 1024 ** 3,
    expect: { blobDigest: null, blobBytes: null, diffId: null },
    ...options,
  }
  const { sink, done } = lab.core.unpack(request)
  const sent = pipeline(Buffer.isBuffer(blob) ? Readable.from(pieces(blob)) : blob, sink).catch(() => {})
  const result = await done
  sink.destroy()
  await sent
  return { ...place, result }
}

function* pieces(blob: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < blob.length; offset += 50_000) yield blob.subarray(offset, offset + 50_000)
}

export async function unpacked(lab: LayerLab, blob: Buffer, options: Options = {}) {
  const { dir, tarSplit, result } = await tryLayer(lab, blob, options)
  assert.ok(result.ok, JSON.stringify(result))
  return { dir, tarSplit, value: result.value }
}

/** The failure; nothing of the layer is left. */
export async function refused(lab: LayerLab, blob: Buffer | Readable, options: Options = {}): Promise<Failure> {
  const { dir, tarSplit, result } = await tryLayer(lab, blob, options)
  assert.ok(!result.ok, JSON.stringify(result))
  assert.ok(!existsSync(dir), 'the directory is left')
  assert.ok(!existsSync(tarSplit), 'tar-split is left')
  return result.error
}

export async function assembled(lab: LayerLab, place: { dir: string; tarSplit: string }, diffId: string) {
  const { stream, done } = lab.core.assemble({ dir: place.dir, tarSplit: place.tarSplit, diffId })
  const bytes = await buffer(stream)
  return { bytes, result: await done }
}

export type SplitLine = {
  type: number
  name?: string
  name_raw?: string
  size?: number
  payload: string | null
  position: number
}

export const splitLines = (path: string): SplitLine[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as SplitLine)

/** All paths below `dir`, relative, parents first. Names may be no UTF-8. */
export function paths(dir: string, below = Buffer.alloc(0)): Buffer[] {
  const names = readdirSync(at(dir, below), { encoding: 'buffer' }).sort(Buffer.compare)
  return names.flatMap(name => {
    const path = below.length === 0 ? name : Buffer.concat([below, Buffer.from('/'), name])
    return lstatSync(at(dir, path)).isDirectory() ? [path, ...paths(dir, path)] : [path]
  })
}

export const at = (dir: string, path: Buffer): Buffer => Buffer.concat([Buffer.from(`${dir}/`), path])

/** A line an entry: type, mode, owner, size or device, name and target; names that are no UTF-8 with U+FFFD. */
export const listing = (dir: string): string[] =>
  paths(dir).map(path => {
    const found = lstatSync(at(dir, path))
    const target = found.isSymbolicLink() ? ` -> ${readlinkSync(at(dir, path))}` : ''
    const size = found.isFile() ? ` ${found.size}` : found.rdev > 0 ? ` ${found.rdev >> 8}:${found.rdev & 255}` : ''
    return `${found.mode.toString(8)} ${found.uid}:${found.gid}${size} ${path}${target}`
  })
