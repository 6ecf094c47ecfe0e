import type { SchemaError } from './generated/validators.js'
import { laterField } from './later.ts'
import { closest, didYouMean } from './suggest.ts'
import { quote } from './text.ts'

/** A mistake at a path of the document, pointing at the key or at the value that stands there. */
export type Complaint = {
  readonly path: readonly string[]
  readonly at: 'key' | 'value'
  readonly message: string
}

/** One error of the schema in the words of people, or null when another error says the same better. */
export function complaintOf(error: SchemaError): Complaint | null {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  const where = path.length === 0 ? 'the document' : path.join('.')
  const value = (message: string): Complaint => ({ path, at: 'value', message })
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(path, where, error)
    case 'required': {
      const missing = String(error.params['missingProperty'])
      if (where === 'spec' && missing === 'rootfs') return { path, at: 'key', message: noBase }
      const hint = Object.hasOwn(missingHints, missing) ? `: ${missingHints[missing]}` : ''
      return { path, at: 'key', message: `${where} needs the field "${missing}"${hint}` }
    }
    case 'not':
      return {
        path: [...path, 'rootfs'],
        at: 'key',
        message: `${where} has both "image" and "rootfs"; keep one of them`,
      }
    case 'type':
      return value(wrongType(where, error))
    case 'enum': {
      const allowed = (error.params['allowedValues'] as readonly unknown[]).map(String)
      if (path.at(-1) === 'onChange') return onChange(path, where, error.data, allowed)
      return value(notOneOf(where, error.data, allowed))
    }
    case 'const':
      return value(notOneOf(where, error.data, [String(error.params['allowedValue'])]))
    case 'discriminator':
      return mountType(path, where, error.data)
    case 'minimum':
    case 'maximum':
      return value(outOfRange(where, error))
    case 'pattern':
      return value(`${where} must ${String(error.parentSchema['x-must'])}, not ${shown(error.data)}`)
    default:
      return null
  }
}

const noBase =
  'spec needs the field "image" (such as nginx:1.27) or "rootfs" ("host", or the absolute path of a directory)'

const missingHints: Readonly<Record<string, string>> = {
  type: 'volume, bind or tmpfs',
  source: "the host's file or directory, absolute or relative to the manifest",
  target: 'the absolute path in the container',
  policy: 'no, on-failure, always or unless-stopped',
}

const unescapePointer = (word: string): string => word.replaceAll('~1', '/').replaceAll('~0', '~')

function unknownField(path: readonly string[], where: string, error: SchemaError): Complaint {
  const field = String(error.params['additionalProperty'])
  const fieldPath = [...path, field]
  const known = Object.keys((error.parentSchema['properties'] as object | undefined) ?? {})
  const message =
    laterField(fieldPath) ?? `unknown field ${quote(field)} in ${where}${didYouMean(field, known) || elsewhere(field)}`
  return { path: fieldPath, at: 'key', message }
}

/** Words of other tools, and of our own at another place. */
const foreignFields: Readonly<Record<string, string>> = {
  args: 'spec.command',
  cmd: 'spec.command',
  environment: 'spec.env',
  env_file: 'spec.envFiles',
  volumes: 'spec.mounts',
  memory: 'spec.limits.memory',
  mem_limit: 'spec.limits.memory',
  cpus: 'spec.limits.cpus',
  pids: 'spec.limits.pids',
  pids_limit: 'spec.limits.pids',
  ulimits: 'spec.limits.ulimits',
  resources: 'spec.limits',
  shm_size: 'spec.limits.shmSize',
  cap_add: 'spec.capabilities.add',
  cap_drop: 'spec.capabilities.drop',
  read_only: 'spec.security.readOnlyRoot',
  readOnly: 'spec.security.readOnlyRoot',
  privileged: 'spec.capabilities',
  depends_on: 'spec.dependsOn',
  working_dir: 'spec.workingDir',
  stdin_open: 'spec.tty',
  stdin: 'spec.tty',
  stop_signal: 'spec.stop.signal',
  stop_grace_period: 'spec.stop.grace',
  restartPolicy: 'spec.restart.policy',
  pull_policy: 'spec.pull',
  imagePullPolicy: 'spec.pull',
  network_mode: 'spec.namespaces.net',
  labels: 'metadata.labels',
  name: 'metadata.name',
  container_name: 'metadata.name',
}

const elsewhere = (field: string): string => {
  const place = Object.hasOwn(foreignFields, field) ? foreignFields[field] : undefined
  return place === undefined ? '; remove it' : `; did you mean ${place}?`
}

function wrongType(where: string, error: SchemaError): string {
  const wanted = [error.params['type']].flat().map(String)
  const { data } = error
  const must = `${where} must be ${wanted.map(word => typeNames[word] ?? word).join(' or ')}, not ${kindOf(data)}`
  const way = wayOut(where, wanted, data)
  return way === null ? must : `${must}; ${way}`
}

/** What to write instead, where it can be told. */
function wayOut(where: string, wanted: readonly string[], data: unknown): string | null {
  if (data === null) return 'give it a value, or remove it'
  if (where === 'spec.dependsOn') return 'write [db], or [{ name: db, condition: started }]'
  if (where === 'spec.restart') return 'write no, on-failure, on-failure:3, always or unless-stopped'
  if (typeof data === 'number' && where.startsWith('spec.limits.ulimits.'))
    return `write { soft: ${data}, hard: ${data} }`
  if (typeof data === 'number' && where === 'spec.stop.grace') return `did you mean ${data}s?`
  if (typeof data === 'number' || typeof data === 'boolean') {
    return wanted.includes('string') ? `put it in quotes: "${data}"` : null
  }
  if (typeof data !== 'string') return null
  if (wanted.includes('boolean')) return `write ${yes.has(data.toLowerCase())}`
  if (wanted.length === 1 && wanted[0] === 'array') return `write ${listOf(data)}`
  if (wanted.includes('number') && /^\d+m$/.test(data)) return `did you mean ${Number.parseInt(data, 10) / 1000}?`
  return /^-?\d+(\.\d+)?$/.test(data) ? `write ${data} without quotes` : null
}

const yes: ReadonlySet<string> = new Set(['yes', 'on', 'true', 'y'])

const listOf = (text: string): string => (/[\s&|;<>]/.test(text) ? `[sh, -c, ${quote(text)}]` : `[${quote(text)}]`)

const typeNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return typeof value === 'string'
    ? `the text ${quote(value)}`
    : `the ${typeof value === 'number' ? 'number ' : 'value '}${String(value)}`
}

const shown = (value: unknown): string => (typeof value === 'string' ? quote(value) : kindOf(value))

function notOneOf(where: string, value: unknown, allowed: readonly string[]): string {
  const words = allowed.length === 1 ? String(allowed[0]) : `one of ${allowed.join(', ')}`
  // Compose's conditions
  const word = typeof value === 'string' ? value.replace(/^service_|_successfully$/g, '') : null
  const meant = word === null ? null : closest(word, allowed)
  return `${where} must be ${words}, not ${shown(value)}${meant === null ? '' : `; did you mean "${meant}"?`}`
}

/** What is wrong with a mapping is told of what is in it. */
function onChange(path: readonly string[], where: string, value: unknown, words: readonly string[]): Complaint | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null
  return { path, at: 'value', message: notOneOf(where, value, [...words, '{ signal: SIGHUP }']) }
}

const mountTypes = ['volume', 'bind', 'tmpfs']

function mountType(path: readonly string[], where: string, mount: unknown): Complaint | null {
  const { type } = mount as { readonly type?: unknown }
  if (type === undefined) return null
  return { path: [...path, 'type'], at: 'value', message: notOneOf(`${where}.type`, type, mountTypes) }
}

function outOfRange(where: string, error: SchemaError): string {
  const { minimum, maximum } = error.parentSchema
  const range = maximum === undefined ? `at least ${minimum}` : `between ${minimum} and ${maximum}`
  return `${where} must be ${range}, not ${String(error.data)}`
}
