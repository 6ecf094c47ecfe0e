import type { BindMount, Mount, TmpfsMount } from '../../model/desired.ts'
import { defaultPropagation, dockerMode, shortForm } from '../../model/mount-form.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { recordedMounts, recordedVolume } from '../../model/recorded-mounts.ts'
import { volumePaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'

/** `MountPoints` of config.v2.json, by target (docker-data-root §8.4). */
export function mountPoints(paths: DataRootPaths, record: ContainerRecord): Record<string, unknown> {
  return Object.fromEntries(recordedMounts(record).map(mount => [mount.target, mountPoint(paths, record, mount)]))
}

function mountPoint(paths: DataRootPaths, record: ContainerRecord, mount: Mount) {
  const name = mount.type === 'volume' ? (recordedVolume(record, mount) ?? '') : ''
  const isAnonymous = shortForm(mount)?.source === null
  const mode = dockerMode(mount)
  return {
    Source: mount.type === 'bind' ? mount.source : name === '' || isAnonymous ? '' : volumePaths(paths, name).data,
    Destination: mount.target,
    RW: !mount.readOnly,
    Name: name,
    Driver: mount.type === 'volume' ? 'local' : '',
    Type: mount.type,
    // the engine's old name of the mode
    ...(mode === '' ? {} : { Relabel: mode }),
    ...(mount.type === 'bind' ? { Propagation: mount.propagation } : {}),
    // an empty Spec.Source marks a volume as anonymous: `docker rm -v` deletes it
    Spec: isAnonymous ? {} : mountSpec(mount),
    SkipMountpointCreation: mount.type === 'bind' && !mount.createSource,
  }
}

/** The request in hostconfig.json: what `-v` can say, and the rest. Anonymous volumes of `-v` stand in `Config.Volumes`. */
export function requestedMounts(mounts: readonly Mount[]) {
  const binds = mounts.flatMap(mount => {
    const short = shortForm(mount)
    if (short === null || short.source === null) return []
    return [[short.source, short.target, ...(short.mode === '' ? [] : [short.mode])].join(':')]
  })
  const long = mounts.filter(isLong).map(mountSpec)
  return { binds, long }
}

const isLong = (mount: Mount) => shortForm(mount) === null

/** Targets of anonymous volumes that `-v` can ask for. */
export const anonymousTargets = (mounts: readonly Mount[]): string[] =>
  mounts.filter(mount => shortForm(mount)?.source === null).map(({ target }) => target)

/** A mount as `--mount` asks for it; also `Spec` of a mount point. */
function mountSpec(mount: Mount): Record<string, unknown> {
  const { type: Type, target: Target } = mount
  const readOnly = mount.readOnly ? { ReadOnly: true } : {}
  if (mount.type === 'volume') {
    return {
      Type,
      ...(mount.name === null ? {} : { Source: mount.name }),
      Target,
      ...readOnly,
      // Docker's client names no driver where it asks for more than -v can
      ...(mount.noCopy ? { VolumeOptions: { NoCopy: true, ...(isLong(mount) ? { DriverConfig: {} } : {}) } } : {}),
    }
  }
  return mount.type === 'bind'
    ? { Type, Source: mount.source, Target, ...readOnly, ...unlessEmpty('BindOptions', bindOptions(mount)) }
    : { Type, Target, ...readOnly, ...unlessEmpty('TmpfsOptions', tmpfsOptions(mount)) }
}

const bindOptions = ({ propagation, recursive }: BindMount) => ({
  ...(propagation === defaultPropagation ? {} : { Propagation: propagation }),
  ...(recursive ? {} : { NonRecursive: true }),
})

const tmpfsOptions = (mount: TmpfsMount) => ({
  ...(mount.sizeBytes === null ? {} : { SizeBytes: mount.sizeBytes }),
  ...(mount.mode === null ? {} : { Mode: mount.mode }),
})

const unlessEmpty = (key: string, value: object) => (Object.keys(value).length === 0 ? {} : { [key]: value })
