import { join } from 'node:path'
import { layersDir, storageDriver } from './storage-driver.ts'
import type { StorageDriver } from './storage-driver.ts'

/** Every path of the data-root and the run directory; nothing outside this folder builds one. All absolute. */
export type DataRootPaths = {
  readonly root: string
  readonly run: string
  /** held exclusively by a pass that changes something */
  readonly lock: string
  readonly containers: string
  readonly volumes: string
  /** every shim and every changing process holds a shared flock on it; never renamed over */
  readonly metadataDb: string
  /** our own things, which Docker's engine ignores */
  readonly own: string
  readonly rootId: string
  readonly passes: string
  readonly layers: string
  readonly hostRootfs: string
  readonly watchers: string
  /** one file a network */
  readonly networks: string
  /** what the packet filter was told last, and what it made of it */
  readonly lastRuleset: string
  /** what is known of Git sources, and their objects */
  readonly git: string
  /** second copies of the records, for a record that became unreadable */
  readonly recordCopies: string
  /** what is being made; a crash leaves nothing but litter here */
  readonly staging: string
  /** what was removed and waits for its last `rmdir` */
  readonly removed: string
}

/** Where images and layers are, as Docker's engine lays them out for its storage drivers. */
export type ImagePaths = {
  readonly driver: StorageDriver
  /** held exclusively by whoever changes anything below; the caller takes it */
  readonly lock: string
  readonly top: string
  readonly references: string
  readonly configs: string
  readonly metadata: string
  readonly layers: string
  readonly layerTemporary: string
  readonly mounts: string
  readonly diffIdByDigest: string
  readonly digestsByDiffId: string
  /** one directory a layer: `overlay2`, or `vfs/dir` */
  readonly trees: string
  /** short names of layers; only overlay2 has them */
  readonly links: string
  /** layers that are being unpacked, each named by the process that does it */
  readonly staging: string
  /** blobs on their way, and the locks of those who fetch them */
  readonly blobs: string
  /** what blobs were seen to be; a cache that may be lost */
  readonly blobFacts: string
  readonly removed: string
  readonly containers: string
}

export type ContainerPaths = {
  readonly dir: string
  readonly record: string
  readonly recordCopy: string
  readonly config: string
  readonly hostConfig: string
  readonly hostname: string
  readonly hosts: string
  readonly resolvConf: string
  readonly resolvConfHash: string
  /** what the resolver answers it: the members of its networks */
  readonly names: string
  readonly checkpoints: string
  readonly history: string
  /** how its run was at its start, and what was healed since */
  readonly upkeep: string
  /** what its probes said last */
  readonly health: string
  /** what is in its bound files, as its process was given them or told of them */
  readonly files: string
  /** somebody's word that it is left alone */
  readonly hold: string
  readonly exit: string
  /** the tombstone: while it exists, the container is being deleted */
  readonly deleting: string
  readonly log: string
  readonly layer: string
  readonly upper: string
  readonly work: string
  /** instead of both where no overlay can be mounted: a copy of its rootfs */
  readonly rootCopy: string
}

export type VolumePaths = {
  readonly dir: string
  readonly data: string
  readonly record: string
  /** first content on its way into `data`; whole, since it bears another name until then */
  readonly staged: string
  readonly unfinished: string
}

export const isContainerId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
export const isVolumeName = (text: string): boolean =>
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/.test(text) && text !== 'metadata.db' && text !== 'backingFsBlockDev'

/** `root` and `run` absolute. */
export function dataRootPaths(root: string, run: string): DataRootPaths {
  const own = join(root, 'reconcile')
  return {
    root,
    run,
    lock: join(root, 'reconcile.lock'),
    containers: join(root, 'containers'),
    volumes: join(root, 'volumes'),
    metadataDb: join(root, 'volumes', 'metadata.db'),
    own,
    rootId: join(own, 'root-id'),
    passes: join(own, 'passes'),
    layers: join(own, 'layers'),
    hostRootfs: join(own, 'host-rootfs'),
    watchers: join(own, 'watchers'),
    networks: join(own, 'networks'),
    lastRuleset: join(own, 'ruleset.json'),
    git: join(own, 'git'),
    recordCopies: join(own, 'records'),
    staging: join(own, 'staging'),
    removed: join(own, 'removed'),
  }
}

export function imagePaths(paths: DataRootPaths): ImagePaths {
  const driver = storageDriver(paths)
  const top = join(paths.root, 'image', driver)
  const trees = layersDir(paths, driver)
  return {
    driver,
    lock: join(paths.own, 'images.lock'),
    top,
    references: join(top, 'repositories.json'),
    configs: join(top, 'imagedb', 'content', 'sha256'),
    metadata: join(top, 'imagedb', 'metadata', 'sha256'),
    layers: join(top, 'layerdb', 'sha256'),
    layerTemporary: join(top, 'layerdb', 'tmp'),
    mounts: join(top, 'layerdb', 'mounts'),
    diffIdByDigest: join(top, 'distribution', 'diffid-by-digest', 'sha256'),
    digestsByDiffId: join(top, 'distribution', 'v2metadata-by-diffid', 'sha256'),
    trees,
    links: join(trees, 'l'),
    staging: join(paths.own, 'layer-staging'),
    blobs: join(paths.own, 'blobs'),
    blobFacts: join(paths.own, 'blob-facts'),
    removed: paths.removed,
    containers: paths.containers,
  }
}

/** Throws on what is no container id: a path must never be built from it. */
export function containerPaths(paths: DataRootPaths, id: string): ContainerPaths {
  if (!isContainerId(id)) throw new Error(`not a container id: ${JSON.stringify(id)}`)
  const dir = join(paths.containers, id)
  const layer = join(paths.layers, id)
  return {
    dir,
    record: join(dir, 'reconcile.json'),
    recordCopy: join(paths.recordCopies, `${id}.json`),
    config: join(dir, 'config.v2.json'),
    hostConfig: join(dir, 'hostconfig.json'),
    hostname: join(dir, 'hostname'),
    hosts: join(dir, 'hosts'),
    resolvConf: join(dir, 'resolv.conf'),
    resolvConfHash: join(dir, 'resolv.conf.hash'),
    names: join(dir, 'names.json'),
    checkpoints: join(dir, 'checkpoints'),
    history: join(dir, 'history.jsonl'),
    upkeep: join(dir, 'upkeep.json'),
    health: join(dir, 'health.json'),
    files: join(dir, 'files.json'),
    hold: join(dir, 'hold.json'),
    exit: join(dir, 'exit.json'),
    deleting: join(dir, 'deleting'),
    log: join(dir, `${id}-json.log`),
    layer,
    upper: join(layer, 'upper'),
    work: join(layer, 'work'),
    rootCopy: join(layer, 'root'),
  }
}

/** Throws on what is no volume name. */
export function volumePaths(paths: DataRootPaths, name: string): VolumePaths {
  if (!isVolumeName(name)) throw new Error(`not a volume name: ${JSON.stringify(name)}`)
  const dir = join(paths.volumes, name)
  const staged = join(dir, 'copy-up')
  return { dir, data: join(dir, '_data'), record: join(dir, 'reconcile.json'), staged, unfinished: `${staged}.part` }
}

/** `<run>/<rootId>`, which holds one directory a running container. */
export const rootRunDir = (paths: DataRootPaths, rootId: string): string => join(paths.run, rootId)

/** where the core has the resolver's socket */
export const resolverDir = (paths: DataRootPaths, rootId: string): string => join(paths.run, rootId, 'resolver')

/** and the proxy's */
export const proxyDir = (paths: DataRootPaths, rootId: string): string => join(paths.run, rootId, 'proxy')

export const containerRunDir = (paths: DataRootPaths, rootId: string, id: string): string =>
  join(paths.run, rootId, id.slice(0, 16))
