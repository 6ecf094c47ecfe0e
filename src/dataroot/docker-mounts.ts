import type { BindMount, Mount, TmpfsMount } from '../model/desired.ts'
import type { ContainerRecord } from '../model/record.ts'
import { recordedMounts, recordedVolume } from './recorded-mounts.ts'
import { volumePaths } from './paths.ts'
import type { DataRootPaths } from './paths.ts'

/** `MountPoints` of config.v2.json, by target (docker-data-root §8.4). */
export function mountPoints(paths: DataRootPaths, record: ContainerRecord): Record<string, unknown> {
  return Object.fromEntries(recordedMounts(record).map(mount => [mount.target, mountPoint(paths, record, mount)]))
}

function mountPoint(paths: DataRootPaths, record: ContainerRecord, mount: Mount) {
  const name = mount.type === 'volume' ? (recordedVolume(record, mount) ?? '') : ''
  return {
    Source: mount.type === 'bind' ? mount.source : name === '' ? '' : volumePaths(paths, name).data,
    Destination: mount.target,
    RW: !mount.readOnly,
    Name: name,
    Driver: mount.type === 'volume' ? 'local' : '',
    Type: mount.type,
    Propagation: mount.type === 'bind' ? mount.propagation : '',
    // an empty Spec.Source marks a volume as anonymous: `docker rm -v` deletes it
    Spec: mount.type === 'volume' && mount.name === null ? {} : mountSpec(mount),
    SkipMountpointCreation: mount.type === 'bind' && !mount.createSource,
  }
}

/** A mount as it is asked for: `Mounts` of hostconfig.json, and `Spec` of a mount point. */
export function mountSpec(mount: Mount): Record<string, unknown> {
  const common = { Type: mount.type, Target: mount.target, ...(mount.readOnly ? { ReadOnly: true } : {}) }
  if (mount.type === 'volume') {
    return {
      ...common,
      ...(mount.name === null ? {} : { Source: mount.name }),
      ...(mount.noCopy ? { VolumeOptions: { NoCopy: true } } : {}),
    }
  }
  return mount.type === 'bind'
    ? { ...common, Source: mount.source, BindOptions: bindOptions(mount) }
    : { ...common, TmpfsOptions: tmpfsOptions(mount) }
}

const bindOptions = (mount: BindMount) => ({
  Propagation: mount.propagation,
  ...(mount.recursive ? {} : { NonRecursive: true }),
})

const tmpfsOptions = (mount: TmpfsMount) => ({
  ...(mount.sizeBytes === null ? {} : { SizeBytes: mount.sizeBytes }),
  ...(mount.mode === null ? {} : { Mode: mount.mode }),
})
