import { join } from 'node:path'
import { neededNetworks, startObstacle } from './obstacle.ts'
import { restartWish } from './policy.ts'
import { readMount } from '../images/container-layers.ts'
import { field, fieldsOf, flagField, parseJson, parsed, textField } from '../images/json-fields.ts'
import type { Fields } from '../images/json-fields.ts'
import { readChain } from '../images/layer-entry.ts'
import { readBytes } from '../images/read-bytes.ts'
import type { DataRootPaths, ImagePaths } from '../layout/paths.ts'

/** A container as dockerd sees it when it starts. */
export type ForeignContainer = {
  readonly id: string
  readonly name: string
  /** `starts`: at once, by its policy. `removes`: AutoRemove. `lists`: it is left as it is. `skips`: it isn't seen. */
  readonly fate: 'starts' | 'lists' | 'removes' | 'skips'
  readonly why: string
  /** why dockerd would end because of it; null: it would not */
  readonly blocker: string | null
  /** that it can't start without, and that no dockerd has by itself */
  readonly networks: readonly string[]
}

const mostBytes = 16 * 1024 * 1024

export function readForeign(paths: DataRootPaths, at: ImagePaths, id: string, names: Set<string>): ForeignContainer {
  const dir = join(paths.containers, id)
  const skips = (why: string, name = ''): ForeignContainer => ({
    id,
    name,
    fate: 'skips',
    why,
    blocker: null,
    networks: [],
  })
  const config = readFields(join(dir, 'config.v2.json'))
  if (typeof config === 'string') return skips(config)
  if (config === null) return skips('it has no config.v2.json')
  const hostConfig = readFields(join(dir, 'hostconfig.json'))
  if (typeof hostConfig === 'string') return skips(hostConfig)
  const read = parsed(() => {
    const name = textField(config, 'Name').replace(/^\//, '')
    const blocker = blockerOf(config)
    if (blocker !== null) return { ...skips(blocker, name), blocker: `${join(dir, 'config.v2.json')}: ${blocker}` }
    const why = unseen(at, id, config) ?? (names.has(name) ? 'another container has its name' : null)
    if (why !== null) return skips(why, name)
    names.add(name)
    const networks = neededNetworks(config, hostConfig)
    return { id, name, ...fateOf({ paths, at }, id, config, hostConfig), blocker: null, networks }
  })
  return 'value' in read ? read.value : skips(read.why)
}

/** Why dockerd would not take it for a container of its own; null: it would. */
function unseen(at: ImagePaths, id: string, config: Fields): string | null {
  const driver = textField(config, 'Driver')
  if (driver !== at.driver) return driverText(driver)
  if (field(config, 'ID') !== null && field(config, 'ID') !== id) return 'its ID is of another container'
  const mount = readMount(at, id)
  if (!mount.known) return mount.why
  if (mount.value === null) return 'it has no layers'
  const chain = readChain(at, mount.value.parent)
  return chain.ok ? null : chain.error.message
}

/** Ours that an engine could only start wrongly have a driver of their own. */
const driverText = (driver: string): string =>
  driver === 'reconcile' ? 'only reconcile can start it (driver reconcile)' : `its driver is ${driver || '(none)'}`

/** A text: why it can't be read; null: there is none. */
function readFields(path: string): Fields | string | null {
  const bytes = readBytes(path, mostBytes)
  if (!bytes.known) return bytes.why
  const { value } = bytes
  if (value === null) return null
  const read = parsed(() => fieldsOf(parseJson(value), 'it'))
  return 'value' in read ? read.value : `${path}: ${read.why}`
}

function blockerOf(config: Fields): string | null {
  if (Object.hasOwn(config.values, 'State') && config.values['State'] === null) return 'State is null'
  return field(config, 'Config') === null ? 'Config is missing' : null
}

type Place = { readonly paths: DataRootPaths; readonly at: ImagePaths }
type Fate = Pick<ForeignContainer, 'fate' | 'why'>

function fateOf(place: Place, id: string, config: Fields, hostConfig: Fields | null): Fate {
  const { isWanted, why } = restartWish(config, hostConfig)
  if (!isWanted && hostConfig !== null && flagField(hostConfig, 'AutoRemove')) {
    return { fate: 'removes', why: 'AutoRemove: it goes with its anonymous volumes' }
  }
  const obstacle = startObstacle(place, id, config, hostConfig)
  if (obstacle !== null) return { fate: 'lists', why: `${why}, but it can't start: ${obstacle}` }
  return { fate: isWanted ? 'starts' : 'lists', why }
}
