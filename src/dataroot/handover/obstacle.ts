import { existsSync } from 'node:fs'
import { containerRoot } from '../images/container-layers.ts'
import { field, fieldsOf, flagField, textField } from '../images/json-fields.ts'
import type { Fields } from '../images/json-fields.ts'
import { isVolumeName, volumePaths } from '../layout/paths.ts'
import type { DataRootPaths, ImagePaths } from '../layout/paths.ts'

type Place = { readonly paths: DataRootPaths; readonly at: ImagePaths }

/** Why dockerd can't start a container that it lists; null: nothing is known to be in the way. */
export function startObstacle(place: Place, id: string, config: Fields, hostConfig: Fields | null): string | null {
  const state = fieldsOf(field(config, 'State') ?? {}, 'State')
  if (flagField(state, 'Dead') || flagField(state, 'RemovalInProgress')) return 'its removal has begun'
  const layers = containerRoot(place.at, id)
  if (!layers.ok) return layers.error.message
  return mountObstacle(place, config) ?? networkObstacle(config, hostConfig)
}

function mountObstacle({ paths }: Place, config: Fields): string | null {
  const points = fieldsOf(field(config, 'MountPoints') ?? {}, 'MountPoints')
  for (const [target, value] of Object.entries(points.values)) {
    const point = fieldsOf(value, `MountPoints.${target}`)
    const [name, source] = [textField(point, 'Name'), textField(point, 'Source')]
    if (name !== '') {
      if (!isVolumeName(name) || !existsSync(volumePaths(paths, name).data)) return `volume ${name} is not here`
    } else if (flagField(point, 'SkipMountpointCreation') && source !== '' && !existsSync(source)) {
      return `${source}, which it binds, is not here`
    }
  }
  return null
}

/** Those that a dockerd always has; others would have to be made in it first. */
const builtIn = ['', 'default', 'none', 'host', 'bridge']

/** The networks that must be made in a dockerd before it can start this container. */
export function neededNetworks(config: Fields, hostConfig: Fields | null): string[] {
  const mode = hostConfig === null ? '' : textField(hostConfig, 'NetworkMode')
  if (mode.startsWith('container:')) return []
  const settings = fieldsOf(field(config, 'NetworkSettings') ?? {}, 'NetworkSettings')
  const all = Object.keys(fieldsOf(field(settings, 'Networks') ?? {}, 'Networks').values)
  return [...new Set([mode, ...all])].filter(name => !builtIn.includes(name))
}

function networkObstacle(config: Fields, hostConfig: Fields | null): string | null {
  const mode = hostConfig === null ? '' : textField(hostConfig, 'NetworkMode')
  if (mode.startsWith('container:')) return `${mode.slice('container:'.length)} must run in dockerd first`
  const needed = neededNetworks(config, hostConfig)
  if (needed.length === 0) return null
  return `dockerd must be told the network${needed.length === 1 ? '' : 's'} ${needed.join(', ')} first`
}
