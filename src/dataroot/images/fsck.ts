import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { readVolumeRows } from '../bbolt/volume-rows.ts'
import { abandonedProbes } from '../layout/abandoned-probes.ts'
import { attempt, ifPresent } from '../files/io.ts'
import { imagePaths, isContainerId } from '../layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../layout/paths.ts'
import { isHex, isLinkId } from './digest.ts'
import { listStores } from './list-stores.ts'
import type { Stores } from './list-stores.ts'
import { readSmallText } from './read-bytes.ts'
import { abandonedLayers } from './staged-layer.ts'

/** What nothing owns: left by a crash, seen by nobody, safe to remove under the stores' lock. */
export type Litter = {
  readonly kind: 'layer' | 'link' | 'entry' | 'staged' | 'mount' | 'file'
  readonly path: string
  readonly why: string
}

/** What is damaged: a pull, a new container or a hand has to mend it. */
export type Damage = { readonly path: string; readonly why: string }
export type Fsck = { readonly litter: readonly Litter[]; readonly damage: readonly Damage[]; readonly stores: Stores }

/** Looks at every entry of the image stores. Changes nothing; what a pull is unpacking just now is no litter. */
export function fsck(paths: DataRootPaths, procRoot = '/proc'): Result<Fsck> {
  const at = imagePaths(paths)
  const stores = listStores(at)
  if (!stores.ok) return stores
  const looked = attempt('check', at.top, () => ({
    litter: [
      ...layerLitter(at, ownedLayers(at, stores.value)),
      ...linkLitter(at),
      ...entryLitter(at),
      ...mountLitter(at),
      ...fileLitter(at),
      ...abandonedProbes(paths, procRoot).map((path): Litter => ({ kind: 'staged', path, why: 'its process is gone' })),
      ...abandonedLayers(at, procRoot).map(
        (name): Litter => ({ kind: 'staged', path: join(at.staging, name), why: 'its process is gone' }),
      ),
    ],
    damage: [...damageOf(at, stores.value), ...metadataDamage(paths)],
  }))
  return looked.ok ? ok({ ...looked.value, stores: stores.value }) : looked
}

/** Names of layers' directories that an entry leads to, damaged entries included. */
function ownedLayers(at: ImagePaths, stores: Stores): ReadonlySet<string> {
  const cacheIds = namesIn(at.layers)
    .filter(isHex)
    .map(hex => readSmallText(join(at.layers, hex, 'cache-id')))
    .map(text => (text.known ? (text.value?.trim() ?? '') : ''))
  const mounted = [...stores.mounts.values()].flatMap(({ mountId, initId }) => [mountId, initId ?? mountId])
  return new Set([...cacheIds, ...mounted])
}

const layerLitter = (at: ImagePaths, owned: ReadonlySet<string>): Litter[] =>
  namesIn(at.trees)
    .filter(name => /^[0-9a-f]{64}(-init)?$/.test(name) && !owned.has(name))
    .map(name => ({ kind: 'layer', path: join(at.trees, name), why: 'no layer and no container names it' }))

const linkLitter = (at: ImagePaths): Litter[] =>
  namesIn(at.links).flatMap(name => {
    const path = join(at.links, name)
    if (name.startsWith('.tmp-')) return [{ kind: 'link' as const, path, why: 'cut off while it was made' }]
    if (!isLinkId(name) || !lstatSync(path).isSymbolicLink()) return []
    const layerId = /^\.\.\/([0-9a-f]{64}(?:-init)?)\/diff$/.exec(readlinkSync(path))?.[1]
    if (layerId === undefined) return []
    const dir = join(at.trees, layerId)
    if (!existsSync(join(dir, 'diff'))) return [{ kind: 'link' as const, path, why: 'it leads nowhere' }]
    const link = readSmallText(join(dir, 'link'))
    if (link.known && link.value !== name && link.value !== null) {
      return [{ kind: 'link' as const, path, why: 'its layer has another name' }]
    }
    return []
  })

const entryLitter = (at: ImagePaths): Litter[] => [
  ...namesIn(at.layers)
    .filter(name => /^[0-9a-f]{64}-[^/]*-removing$/.test(name))
    .map(name => ({ kind: 'entry' as const, path: join(at.layers, name), why: 'its removal was cut off' })),
  ...namesIn(at.layerTemporary).map(name => ({
    kind: 'entry' as const,
    path: join(at.layerTemporary, name),
    why: 'cut off while it was made',
  })),
  ...namesIn(at.removed)
    .filter(name => /^(overlay|vfs|mount)-[0-9a-f]{64}(-init)?$/.test(name))
    .map(name => ({ kind: 'entry' as const, path: join(at.removed, name), why: 'its removal was cut off' })),
  ...namesIn(at.metadata)
    .filter(name => isHex(name) && !existsSync(join(at.configs, name)))
    .map(name => ({ kind: 'entry' as const, path: join(at.metadata, name), why: 'its image is gone' })),
]

const mountLitter = (at: ImagePaths): Litter[] =>
  namesIn(at.mounts)
    .filter(id => isContainerId(id) && !existsSync(join(at.containers, id)))
    .map(id => ({ kind: 'mount', path: join(at.mounts, id), why: 'its container is gone' }))

/** Directories with files of the store beside a layer's own; with vfs there is nothing but the layer's own. */
const overlayHomes = (at: ImagePaths): string[] =>
  at.driver === 'vfs' ? [] : namesIn(at.trees).map(name => join(at.trees, name))

const fileLitter = (at: ImagePaths): Litter[] =>
  [at.top, at.configs, ...namesIn(at.metadata).map(name => join(at.metadata, name)), at.diffIdByDigest]
    .concat(at.digestsByDiffId, at.blobFacts, overlayHomes(at))
    .flatMap(directory =>
      namesIn(directory)
        .filter(name => name.startsWith('.tmp-') && directory !== at.links)
        .map(name => ({ kind: 'file' as const, path: join(directory, name), why: 'cut off while it was written' })),
    )

function damageOf(at: ImagePaths, { bad, references, images }: Stores): Damage[] {
  const places = { image: at.configs, layer: at.layers, mount: at.mounts, references: at.top }
  const known = new Set([...images.map(({ imageId }) => imageId), ...bad.map(({ name }) => name)])
  return [
    ...bad.map(({ kind, name, why }) => ({ path: join(places[kind], name.replace('sha256:', '')), why })),
    ...references
      .filter(({ imageId }) => !known.has(imageId))
      .map(({ reference, imageId }) => ({
        path: at.references,
        why: `${reference} names ${imageId}, which is not here`,
      })),
  ]
}

function metadataDamage({ metadataDb }: DataRootPaths): Damage[] {
  const rows = readVolumeRows(metadataDb)
  return rows.ok ? [] : [{ path: metadataDb, why: rows.error.message }]
}

const namesIn = (path: string) =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? (ifPresent(() => readdirSync(path)) ?? []).sort() : []
