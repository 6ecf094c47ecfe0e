import type { Mount } from '../../model/desired.ts'
import { dockerMode } from '../../model/mount-form.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { recordedMounts, recordedVolume } from '../../model/recorded-mounts.ts'

/** As in `docker inspect`'s Mounts; in the manifest's order, then what the image asks for. */
type DockerMount = {
  readonly Type: 'volume' | 'bind' | 'tmpfs'
  readonly Name?: string
  readonly Source: string
  readonly Destination: string
  readonly Driver?: 'local'
  readonly Mode: string
  readonly RW: boolean
  readonly Propagation: string
}

export const dockerMounts = (container: ObservedContainer, volumePath: (name: string) => string): DockerMount[] =>
  recordedMounts(container).map(mount => dockerMount(mount, container, volumePath))

function dockerMount(mount: Mount, container: ObservedContainer, volumePath: (name: string) => string): DockerMount {
  const shared = { Destination: mount.target, Mode: dockerMode(mount), RW: !mount.readOnly } as const
  switch (mount.type) {
    case 'volume': {
      const name = recordedVolume(container, mount) ?? ''
      const source = name === '' ? '' : volumePath(name)
      return { Type: 'volume', Name: name, Source: source, Driver: 'local', ...shared, Propagation: '' }
    }
    case 'bind':
      return { Type: 'bind', Source: mount.source, ...shared, Propagation: mount.propagation }
    case 'tmpfs':
      return { Type: 'tmpfs', Source: '', ...shared, Propagation: '' }
  }
}
