import { join } from 'node:path'
import { containerOverlay } from './images/container-layers.ts'
import { field, fieldsOf, flagField, numberField, parseJson, parsed, textField } from './images/json-fields.ts'
import type { Fields } from './images/json-fields.ts'
import { readBytes } from './images/read-bytes.ts'
import type { DataRootPaths, ImagePaths } from './paths.ts'

/** A container as dockerd sees it when it starts. */
export type ForeignContainer = {
  readonly id: string
  readonly name: string
  /** `starts`: at once, by its policy. `removes`: AutoRemove. `lists`: it can be started by hand. */
  readonly fate: 'starts' | 'lists' | 'removes' | 'skips'
  readonly why: string
  /** why dockerd would end because of it; null: it would not */
  readonly blocker: string | null
}

const mostBytes = 16 * 1024 * 1024

export function readForeign(paths: DataRootPaths, at: ImagePaths, id: string, names: Set<string>): ForeignContainer {
  const dir = join(paths.containers, id)
  const skips = (why: string, name = ''): ForeignContainer => ({ id, name, fate: 'skips', why, blocker: null })
  const config = readFields(join(dir, 'config.v2.json'))
  if (typeof config === 'string') return skips(config)
  if (config === null) return skips('it has no config.v2.json')
  const hostConfig = readFields(join(dir, 'hostconfig.json'))
  if (typeof hostConfig === 'string') return skips(hostConfig)
  const read = parsed(() => fateOf(config, hostConfig))
  if ('why' in read) return skips(read.why)
  const { name, blocker, driver, fate } = read.value
  if (blocker !== null) return { ...skips(blocker, name), blocker: `${join(dir, 'config.v2.json')}: ${blocker}` }
  if (driver !== 'overlay2') return skips(driverText(driver), name)
  if (field(config, 'ID') !== null && field(config, 'ID') !== id) return skips('its ID is of another container', name)
  const layers = containerOverlay(at, id)
  if (!layers.ok) return skips(layers.error.message, name)
  if (names.has(name)) return skips('another container has its name', name)
  names.add(name)
  return { id, name, ...fate, blocker: null }
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

function fateOf(config: Fields, hostConfig: Fields | null) {
  const name = textField(config, 'Name').replace(/^\//, '')
  const driver = textField(config, 'Driver')
  const isNull = (key: string) => Object.hasOwn(config.values, key) && config.values[key] === null
  const blocker = isNull('State') ? 'State is null' : field(config, 'Config') === null ? 'Config is missing' : null
  return { name, driver, blocker, fate: blocker === null ? startFate(config, hostConfig) : notLoaded }
}

type Fate = Pick<ForeignContainer, 'fate' | 'why'>

const notLoaded: Fate = { fate: 'skips', why: '' }

function startFate(config: Fields, hostConfig: Fields | null): Fate {
  const state = fieldsOf(field(config, 'State') ?? {}, 'State')
  if (hostConfig !== null && flagField(hostConfig, 'AutoRemove')) {
    return { fate: 'removes', why: 'AutoRemove: it goes with its anonymous volumes' }
  }
  if (flagField(state, 'Dead')) return { fate: 'lists', why: 'dead: it can only be removed' }
  const policy = hostConfig === null ? null : field(hostConfig, 'RestartPolicy')
  const restart = textField(fieldsOf(policy ?? {}, 'RestartPolicy'), 'Name')
  const isStopped = flagField(config, 'HasBeenManuallyStopped')
  const exitCode = flagField(state, 'Running') ? 0 : numberField(state, 'ExitCode')
  const starts =
    flagField(config, 'HasBeenStartedBefore') &&
    (restart === 'always' ||
      (restart === 'unless-stopped' && !isStopped) ||
      (restart === 'on-failure' && exitCode !== 0))
  if (!starts) return { fate: 'lists', why: `restart policy ${restart || 'no'}` }
  const network = hostConfig === null ? '' : textField(hostConfig, 'NetworkMode')
  const isKnown = ['', 'default', 'none', 'host', 'bridge'].includes(network)
  return { fate: 'starts', why: `restart policy ${restart}${isKnown ? '' : `; it must know the network ${network}`}` }
}
