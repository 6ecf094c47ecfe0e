import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import { makeDirectory, moveDurably, syncDirectory } from '../atomic.ts'
import { attempt, attemptAsync, failure } from '../io.ts'
import { isContainerId } from '../paths.ts'
import type { ImagePaths } from '../paths.ts'
import { refuseMountPoints, removeTree } from '../remove-tree.ts'
import { isDigest, isHex } from './digest.ts'
import { writeHidden } from './hidden-file.ts'
import { fillInitLayer } from './init-layer.ts'
import { layerDiff, readChain } from './layer-entry.ts'
import { lowerOn, overlayProblem, publishOverlay, retiredOverlay, retireOverlay } from './overlay-layer.ts'
import { readSmallText } from './read-bytes.ts'

/** `layerdb/mounts/<container>`: which layers a container has. */
export type ContainerMount = {
  readonly mountId: string
  readonly initId: string | null
  /** the ChainID of its image's top layer; null for an image without layers */
  readonly parent: string | null
}

/** What an overlay of a container is made of; absolute paths. */
export type ContainerOverlay = {
  readonly upper: string
  readonly work: string
  readonly merged: string
  /** topmost first */
  readonly lowers: readonly string[]
  /** the same by short names, relative to `overlayDir` */
  readonly shortLowers: readonly string[]
  readonly overlayDir: string
}

/** One container's entry; `known(null)`: there is none. */
export function readMount(at: ImagePaths, containerId: string): Known<ContainerMount | null> {
  const dir = mountDir(at, containerId)
  if (!existsSync(dir)) return known(null)
  const [mount, init, parent] = ['mount-id', 'init-id', 'parent'].map(name => readSmallText(join(dir, name)))
  for (const text of [mount, init, parent]) if (text?.known === false) return text
  const [mountId, initId, top] = [mount, init, parent].map(text => (text?.known ? (text.value?.trim() ?? null) : null))
  if (mountId == null || !isHex(mountId)) return unknown(`${join(dir, 'mount-id')}: missing, or not a layer id`)
  if (initId != null && initId !== `${mountId}-init`) return unknown(`${join(dir, 'init-id')}: not of the same mount`)
  if (top != null && !isDigest(top)) return unknown(`${join(dir, 'parent')}: not a digest`)
  return known({ mountId, initId: initId ?? null, parent: top ?? null })
}

/**
 * Makes a container's init and writable layer on an image's top layer (null: on nothing), and then the entry that names
 * them. Under the stores' lock. The names come from the container's id, so that a repetition after a crash finds them.
 */
export function createContainerLayers(
  at: ImagePaths,
  containerId: string,
  parent: string | null,
): Result<ContainerOverlay> {
  const dir = mountDir(at, containerId)
  const chain = readChain(at, parent)
  if (!chain.ok) return chain
  const mountId = mountIdOf(containerId)
  const initId = `${mountId}-init`
  const top = chain.value.at(-1)?.cacheId ?? null
  const lowers = chain.value.map(({ cacheId }) => layerDiff(at, cacheId)).reverse()
  const there = readMount(at, containerId)
  if (!there.known) return fail(failure('E_STATE', there.why, dir))
  if (there.value !== null && (there.value.parent !== parent || there.value.mountId !== mountId)) {
    return fail(failure('E_STATE', `container ${containerId} has layers of another image`, dir))
  }
  const made = attempt('create', dir, (): string | null => {
    // without an entry they were never mounted: a creation that was cut off, of this image or of another one
    if (there.value === null) for (const id of [mountId, initId]) retireOverlay(at, id)
    const init = publish(at, { id: initId, below: top }, diff => fillInitLayer(diff, lowers))
    const own = init ?? publish(at, { id: mountId, below: initId }, () => undefined)
    if (own === null && !existsSync(dir)) publishMount(at, dir, { mountId, initId, parent })
    return own
  })
  if (!made.ok) return made
  return made.value === null ? containerOverlay(at, containerId) : fail(failure('E_STATE', made.value, dir))
}

/** Null, or why it can't be: the layer below is damaged. */
function publish(
  at: ImagePaths,
  layer: { readonly id: string; readonly below: string | null },
  fill: (diff: string) => void,
): string | null {
  const lower = lowerOn(at, layer.below)
  if (!lower.known) return lower.why
  const staged = stagedLayer(at, layer.id)
  if (!existsSync(join(at.overlay, layer.id))) {
    // of a creation that was cut off; nothing but what `fill` made is in it
    rmSync(staged, { recursive: true, force: true })
    makeDirectory(staged, 0o710)
    makeDirectory(join(staged, 'diff'), 0o755)
    fill(join(staged, 'diff'))
  }
  publishOverlay(at, staged, { ...layer, lower: lower.value })
  return null
}

function publishMount(at: ImagePaths, dir: string, mount: ContainerMount): void {
  const staged = stagedMount(at, mount.mountId)
  rmSync(staged, { recursive: true, force: true })
  makeDirectory(staged, 0o755)
  writeHidden(join(staged, 'mount-id'), mount.mountId, 0o644)
  writeHidden(join(staged, 'init-id'), `${mount.mountId}-init`, 0o644)
  if (mount.parent !== null) writeHidden(join(staged, 'parent'), mount.parent, 0o644)
  renameSync(staged, dir)
  syncDirectory(at.mounts)
}

/** The layers of a container as they are to be mounted; E_STATE where one is missing or damaged. */
export function containerOverlay(at: ImagePaths, containerId: string): Result<ContainerOverlay> {
  const dir = mountDir(at, containerId)
  const mount = readMount(at, containerId)
  if (!mount.known) return fail(failure('E_STATE', mount.why, dir))
  if (mount.value === null) return fail(failure('E_STATE', `container ${containerId} has no layers`, dir))
  const { mountId, initId, parent } = mount.value
  const chain = readChain(at, parent)
  if (!chain.ok) return chain
  const ids = [...chain.value.map(({ cacheId }) => cacheId), ...(initId === null ? [] : [initId]), mountId]
  for (const [i, id] of ids.entries()) {
    const problem = overlayProblem(at, id, ids[i - 1] ?? null)
    if (problem !== null) return fail(failure('E_STATE', problem, join(at.overlay, id)))
  }
  const lower = readSmallText(join(at.overlay, mountId, 'lower'))
  return ok({
    upper: layerDiff(at, mountId),
    work: join(at.overlay, mountId, 'work'),
    merged: join(at.overlay, mountId, 'merged'),
    lowers: ids
      .slice(0, -1)
      .reverse()
      .map(id => layerDiff(at, id)),
    shortLowers: lower.known && lower.value !== null ? lower.value.split(':') : [],
    overlayDir: at.overlay,
  })
}

/** Whether there is anything of a container's layers, also of a creation that was cut off. */
export const hasContainerLayers = (at: ImagePaths, containerId: string): boolean =>
  [
    mountDir(at, containerId),
    ...ownLayers(containerId).map(id => join(at.overlay, id)),
    ...unfinished(at, containerId),
  ].some(path => existsSync(path))

/** Removes a container's layers, then the entry that names them. Nothing is mounted there. May be repeated after a crash. */
export async function removeContainerLayers(at: ImagePaths, containerId: string): Promise<Result<void>> {
  const dir = mountDir(at, containerId)
  const mount = readMount(at, containerId)
  if (!mount.known) return fail(failure('E_STATE', mount.why, dir))
  const ids = mount.value === null ? ownLayers(containerId) : layersOf(mount.value)
  return attemptAsync('remove', dir, async () => {
    for (const id of ids) refuseMountPoints(join(at.overlay, id))
    for (const id of ids) {
      await removeTree(retiredOverlay(at, id))
      retireOverlay(at, id)
    }
    const retired = join(at.removed, `mount-${containerId}`)
    await removeTree(retired)
    if (mount.value !== null) moveDurably(dir, retired)
    const left = [...ids.map(id => retiredOverlay(at, id)), retired, ...unfinished(at, containerId)]
    for (const path of left) await removeTree(path)
  })
}

const mountIdOf = (containerId: string) => createHash('sha256').update(`container ${containerId}`).digest('hex')

/** Those that `createContainerLayers` makes. */
const ownLayers = (containerId: string) => [mountIdOf(containerId), `${mountIdOf(containerId)}-init`]
/** What a creation that was cut off has not published. */
const unfinished = (at: ImagePaths, containerId: string) => [
  ...ownLayers(containerId).map(id => stagedLayer(at, id)),
  stagedMount(at, mountIdOf(containerId)),
]
const stagedLayer = (at: ImagePaths, layerId: string) => join(at.staging, `container-${layerId}`)
const stagedMount = (at: ImagePaths, mountId: string) => join(at.layerTemporary, `mount-${mountId}`)
const layersOf = ({ mountId, initId }: ContainerMount) => [mountId, ...(initId === null ? [] : [initId])]

function mountDir(at: ImagePaths, containerId: string): string {
  if (!isContainerId(containerId)) throw new Error(`not a container id: ${JSON.stringify(containerId)}`)
  return join(at.mounts, containerId)
}
