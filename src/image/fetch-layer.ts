import { createHash } from 'node:crypto'
import { createReadStream, lstatSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { rememberBlob } from '../dataroot/images/distribution.ts'
import { rememberFacts } from '../dataroot/images/blob-facts.ts'
import type { StagedLayer } from '../dataroot/images/staged-layer.ts'
import { emptyStaged } from '../dataroot/images/staged-layer.ts'
import { ok, type Failure, type Result } from '../model/errors.ts'
import type { Descriptor, Reference } from '../model/image.ts'
import type { Resume } from '../registry/pull/blob.ts'
import { maxLayerBytes } from '../runtime/layers.ts'
import type { Unpacked } from '../runtime/layers.ts'
import { copyLayer, twins } from './copy-layer.ts'
import { counted } from './counted.ts'
import type { RegistryDeps } from './deps.ts'
import { blobFile, blobLock, withLock, withStores } from './locks.ts'
import type { WantedLayer } from './place-layers.ts'
import { pump } from './pump.ts'

/** A layer whose blob is at a registry. What an interrupted transfer has brought is kept, and only the rest asked for. */
export function remoteLayer(
  deps: RegistryDeps,
  reference: Reference,
  descriptor: Descriptor,
  diffId: string,
): WantedLayer {
  const named = (result: Result<Unpacked>): Result<Unpacked> =>
    result.ok ? result : { ok: false, error: inLayer(result.error, descriptor.digest) }
  return {
    diffId,
    name: descriptor.digest,
    totalBytes: descriptor.sizeBytes,
    fill: async (staged, signal, onBytes) =>
      named(
        await withLock(
          deps,
          blobLock(deps, descriptor.digest),
          signal,
          async () =>
            (await copyTwin(deps, diffId, staged, signal)) ??
            (await fetchLayer(deps, { reference, descriptor, diffId, staged, onBytes }, signal)),
        ),
      ),
    beforeSync: () => dropBlob(deps, descriptor.digest),
    settle: () => {
      const { digest, sizeBytes, mediaType } = descriptor
      rememberBlob(deps.at, diffId, { digest, repository: `${reference.domain}/${reference.path}` })
      rememberFacts(deps.at, digest, { sizeBytes, mediaType })
      dropBlob(deps, digest)
    },
  }
}

/** Not under the feet of one who reads it just now for another image: that one drops it. */
function dropBlob(deps: RegistryDeps, digest: string): void {
  const lock = deps.core.lock(blobLock(deps, digest), 'exclusive', true)
  if (!lock.ok) return
  rmSync(blobFile(deps, digest), { force: true })
  lock.value.release()
}

/** How often twins are looked for, as long as there was one: it may leave its place just now, and be in the stores soon. */
const looks = 5
const lookAgainMs = 20

/** Null: no layer of this content is here, or none that is whole; the blob has to be fetched. */
async function copyTwin(
  deps: RegistryDeps,
  diffId: string,
  staged: StagedLayer,
  signal: AbortSignal,
): Promise<Result<Unpacked> | null> {
  const tried = new Set<string>()
  for (let look = 0; look < looks; look++) {
    // While one is registered it is in neither place, so they are listed when none is.
    const found = await withStores(deps, signal, () => ok([...twins(deps.at, diffId)]))
    if (!found.ok) return found
    for (const twin of found.value) {
      if (tried.has(twin.dir)) continue
      tried.add(twin.dir)
      const copied = await copyLayer(deps, twin, staged, signal)
      if (copied.ok || signal.aborted) return copied
      const emptied = await emptyStaged(staged)
      if (!emptied.ok) return emptied
    }
    if (tried.size === 0) return null
    await setTimeout(lookAgainMs)
  }
  return null
}

const inLayer = (error: Failure, digest: string): Failure =>
  error.message.includes(digest) ? error : { ...error, message: `layer ${digest}: ${error.message}` }

type Fetch = {
  readonly reference: Reference
  readonly descriptor: Descriptor
  readonly diffId: string
  readonly staged: StagedLayer
  readonly onBytes: (doneBytes: number, keptBytes: number) => void
}

/** Bytes that turn out to be wrong after some of them were old are asked for once more, all of them. */
async function fetchLayer(deps: RegistryDeps, fetch: Fetch, signal: AbortSignal): Promise<Result<Unpacked>> {
  const path = blobFile(deps, fetch.descriptor.digest)
  const resume = await keptPart(path, fetch.descriptor, signal)
  const first = await attemptFetch(deps, fetch, resume, signal)
  // what has not begun to come needs no place
  if (!first.ok && lstatSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true })
  if (first.ok || first.error.code !== 'E_DIGEST' || (resume === null && !isWorthAgain(first.error))) return first
  rmSync(path, { force: true })
  const emptied = await emptyStaged(fetch.staged)
  return emptied.ok ? await attemptFetch(deps, fetch, null, signal) : emptied
}

const isWorthAgain = (error: Failure): boolean => 'again' in error && error.again === true

function attemptFetch(deps: RegistryDeps, fetch: Fetch, resume: Resume | null, signal: AbortSignal) {
  const { reference, descriptor, diffId, staged, onBytes } = fetch
  const { digest, sizeBytes, mediaType } = descriptor
  const request = {
    dir: staged.diff,
    tarSplit: staged.tarSplit,
    saveBlob: blobFile(deps, digest),
    mediaType,
    maxBytes: maxLayerBytes,
    expect: { blobDigest: digest, blobBytes: sizeBytes, diffId },
    whole: staged.whole,
  }
  const kept = resume?.bytes ?? 0
  const onMore = (doneBytes: number) => onBytes(doneBytes, kept)
  onMore(kept)
  return pump(
    deps,
    request,
    stop => counted(deps.registry.blob(reference, descriptor, resume, stop), kept, onMore),
    signal,
  )
}

/** What is there of the blob, with the hash that has seen it; null: nothing that is of use. */
async function keptPart(path: string, { sizeBytes }: Descriptor, signal: AbortSignal): Promise<Resume | null> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return null
  if (!there.isFile() || there.size === 0 || there.size > sizeBytes) {
    rmSync(path, { force: true, recursive: true })
    return null
  }
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).length
    if (signal.aborted) break
  }
  return { bytes, hash }
}
