import type { Mount } from '../model/desired.ts'
import type { ObservedContainer } from '../model/observed.ts'

/** As in `docker inspect`'s Mounts; in the manifest's order. */
type DockerMount = {
  readonly Type: 'volume' | 'bind' | 'tmpfs'
  readonly Name?: string
  readonly Source: string
  readonly Destination: string
  readonly Driver?: 'local'
  readonly Mode: ''
  readonly RW: boolean
  readonly Propagation: string
}

export const dockerMounts = (container: ObservedContainer, volumePath: (name: string) => string): DockerMount[] =>
  container.declaration.spec.mounts.map(mount => dockerMount(mount, container, volumePath))

function dockerMount(
  mount: Mount,
  { anonymousVolumes }: ObservedContainer,
  volumePath: (name: string) => string,
): DockerMount {
  const shared = { Destination: mount.target, Mode: '', RW: !mount.readOnly } as const
  switch (mount.type) {
    case 'volume': {
      const name = mount.name ?? anonymousVolumes[mount.target] ?? ''
      const source = name === '' ? '' : volumePath(name)
      return { Type: 'volume', Name: name, Source: source, Driver: 'local', ...shared, Propagation: '' }
    }
    case 'bind':
      return { Type: 'bind', Source: mount.source, ...shared, Propagation: mount.propagation }
    case 'tmpfs':
      return { Type: 'tmpfs', Source: '', ...shared, Propagation: '' }
  }
}
