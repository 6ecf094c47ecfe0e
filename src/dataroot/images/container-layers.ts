import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import { makeDirectory, moveDurably, syncDirectory } from '../files/atomic.ts'
import { attempt, attemptAsync, failure } from '../files/io.ts'
import { isContainerId } from '../layout/paths.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { refuseMountPoints, removeTree } from '../files/remove-tree.ts'
import { isDigest, isHex } from './digest.ts'
import { writeHidden } from './hidden-file.ts'
import { fillInitLayer } from './init-layer.ts'
import { ownLayers, stagedLayer, stagedMount } from './container-names.ts'
import { readChain } from './layer-entry.ts'
import type { StoredLayer } from './layer-entry.ts'
import { layerFiles, layerHome, lowerOf, publishTree, retiredTree, retireTree, treeProblem } from './layer-tree.ts'
import { readSmallText } from './read-bytes.ts'

/** `layerdb/mounts/<container>`: which layers a container has. */
export type ContainerMount = {
  readonly mountId: string
  readonly initId: string | null
  /** the ChainID of its image's top layer; null for an image without layers */
  readonly parent: string | null
}

/** What a container's root is made of; absolute paths. */
export type ContainerRoot = {
  /** what the container changes; with vfs the whole root */
  readonly upper: string
  readonly work: string
  /** topmost first; with vfs none */
  readonly lowers: readonly string[]
  /** the same by short names, relative to `overlay2` */
  readonly shortLowers: readonly string[]
  /** what a new container of this image shows, if these are mounted together; topmost first */
  readonly shown: readonly string[]
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
 * them. Under the stores' lock; with vfs after `prepareCopies`. May be repeated after a crash.
 */
export function createContainerLayers(
  at: ImagePaths,
  containerId: string,
  parent: string | null,
): Result<ContainerRoot> {
  const dir = mountDir(at, containerId)
  const chain = readChain(at, parent)
  if (!chain.ok) return chain
  const [mountId, initId] = ownLayers(containerId)
  const top = chain.value.at(-1)?.cacheId ?? null
  const lowers = filesOf(at, chain.value)
  const there = readMount(at, containerId)
  if (!there.known) return fail(failure('E_STATE', there.why, dir))
  if (there.value !== null && (there.value.parent !== parent || there.value.mountId !== mountId)) {
    return fail(failure('E_STATE', `container ${containerId} has layers of another image`, dir))
  }
  const made = attempt('create', dir, (): string | null => {
    // without an entry they were never mounted: a creation that was cut off, of this image or of another one
    if (there.value === null) for (const id of [mountId, initId]) retireTree(at, id)
    const init = publish(at, { id: initId, below: top }, diff => fillInitLayer(diff, lowers))
    const own = init ?? publish(at, { id: mountId, below: initId }, () => undefined)
    if (own === null && !existsSync(dir)) publishMount(at, dir, { mountId, initId, parent })
    return own
  })
  if (!made.ok) return made
  return made.value === null ? containerRoot(at, containerId) : fail(failure('E_STATE', made.value, dir))
}

/** Null, or why it can't be: the layer below is damaged. */
function publish(
  at: ImagePaths,
  layer: { readonly id: string; readonly below: string | null },
  fill: (diff: string) => void,
): string | null {
  const lower = lowerOf(at, layer.below)
  if (!lower.known) return lower.why
  const staged = stagedLayer(at, layer.id)
  if (at.driver !== 'vfs' && !existsSync(layerHome(at, layer.id))) {
    // of a creation that was cut off; nothing but what `fill` made is in it
    rmSync(staged, { recursive: true, force: true })
    makeDirectory(staged, 0o710)
    makeDirectory(join(staged, 'diff'), 0o755)
    fill(join(staged, 'diff'))
  }
  publishTree(at, staged, { ...layer, lower: lower.value })
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

/** Topmost first. */
const filesOf = (at: ImagePaths, chain: readonly StoredLayer[]): string[] =>
  chain.map(({ cacheId }) => layerFiles(at, cacheId)).reverse()

/** The layers of a container as they are to be mounted; E_STATE where one is missing or damaged. */
export function containerRoot(at: ImagePaths, containerId: string): Result<ContainerRoot> {
  const dir = mountDir(at, containerId)
  const mount = readMount(at, containerId)
  if (!mount.known) return fail(failure('E_STATE', mount.why, dir))
  if (mount.value === null) return fail(failure('E_STATE', `container ${containerId} has no layers`, dir))
  const { mountId, initId, parent } = mount.value
  const chain = readChain(at, parent)
  if (!chain.ok) return chain
  const ids = [...chain.value.map(({ cacheId }) => cacheId), ...(initId === null ? [] : [initId]), mountId]
  for (const [i, id] of ids.entries()) {
    const problem = treeProblem(at, id, ids[i - 1] ?? null)
    if (problem !== null) return fail(failure('E_STATE', problem, layerHome(at, id)))
  }
  const init = initId === null ? [] : [layerFiles(at, initId)]
  if (at.driver === 'vfs') {
    const upper = layerFiles(at, mountId)
    const shown = init.length === 0 ? [upper] : init
    return ok({ upper, work: upper, lowers: [], shortLowers: [], shown })
  }
  const lowers = [...init, ...filesOf(at, chain.value)]
  const short = readSmallText(join(layerHome(at, mountId), 'lower'))
  const shortLowers = short.known && short.value !== null ? short.value.split(':') : []
  const work = join(layerHome(at, mountId), 'work')
  return ok({ upper: layerFiles(at, mountId), work, lowers, shortLowers, shown: lowers })
}

/** Whether there is anything of a container's layers, also of a creation that was cut off. */
export const hasContainerLayers = (at: ImagePaths, containerId: string): boolean =>
  [
    mountDir(at, containerId),
    ...ownLayers(containerId).map(id => layerHome(at, id)),
    ...unfinished(at, containerId),
  ].some(path => existsSync(path))

/** Removes a container's layers, then the entry that names them. Nothing is mounted there. May be repeated after a crash. */
export async function removeContainerLayers(at: ImagePaths, containerId: string): Promise<Result<void>> {
  const dir = mountDir(at, containerId)
  const mount = readMount(at, containerId)
  if (!mount.known) return fail(failure('E_STATE', mount.why, dir))
  const ids = mount.value === null ? ownLayers(containerId) : layersOf(mount.value)
  return attemptAsync('remove', dir, async () => {
    for (const id of ids) refuseMountPoints(layerHome(at, id))
    for (const id of ids) {
      await removeTree(retiredTree(at, id))
      retireTree(at, id)
    }
    const retired = join(at.removed, `mount-${containerId}`)
    await removeTree(retired)
    if (mount.value !== null) moveDurably(dir, retired)
    const left = [...ids.map(id => retiredTree(at, id)), retired, ...unfinished(at, containerId)]
    for (const path of left) await removeTree(path)
  })
}

/** What a creation that was cut off has not published. */
const unfinished = (at: ImagePaths, containerId: string) => [
  ...ownLayers(containerId).map(id => stagedLayer(at, id)),
  stagedMount(at, ownLayers(containerId)[0]),
]
const layersOf = ({ mountId, initId }: ContainerMount) => [mountId, ...(initId === null ? [] : [initId])]

function mountDir(at: ImagePaths, containerId: string): string {
  if (!isContainerId(containerId)) throw new Error(`not a container id: ${JSON.stringify(containerId)}`)
  return join(at.mounts, containerId)
}
