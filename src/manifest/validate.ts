import type { ContainerManifest, NetworkManifest, VolumeManifest } from './generated/manifests.ts'
import {
  type SchemaError,
  validateContainerManifest,
  validateNetworkManifest,
  validateVolumeManifest,
} from './generated/validators.js'
import { type Complaint, complaintOf } from './complaint.ts'
import { closest } from './suggest.ts'
import { quote } from './text.ts'

export type Manifest = ContainerManifest | NetworkManifest | VolumeManifest
/** `manifest`: the whole of it, or with complaints what is left without the faulty fields, or null if that is too little. */
export type Validated = { readonly manifest: Manifest | null; readonly complaints: readonly Complaint[] }

const apiVersion = 'reconcile/v1'
/** a file tells at most twenty; more need no words */
const maxErrors = 500
const kinds = ['Container', 'Network', 'Volume']
const validators = {
  Container: validateContainerManifest,
  Network: validateNetworkManifest,
  Volume: validateVolumeManifest,
}

/** Whether a document is a manifest that this version honours to the last field. */
export function validate(document: unknown): Validated {
  const complaint = foreign(document)
  if (complaint !== null) return { manifest: null, complaints: [complaint] }
  const manifest = document as Manifest
  const check = validators[manifest.kind]
  if (check(manifest)) return { manifest, complaints: [] }
  const complaints = relevant((check.errors ?? []).slice(0, maxErrors)).flatMap(error => complaintOf(error) ?? [])
  const rest = withoutFields(
    manifest,
    complaints.map(({ path }) => path),
  )
  return { manifest: check(rest) ? (rest as Manifest) : null, complaints }
}

/** A copy without the fields at these paths; of a list with a faulty item nothing stays, so that no index shifts. */
function withoutFields(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || paths.length === 0) return value
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const below = paths.filter(path => path[0] === key).map(path => path.slice(1))
    const isFaulty = below.some(path => path.length === 0) || (Array.isArray(item) && below.length > 0)
    return isFaulty ? [] : [[key, withoutFields(item, below)]]
  })
  return Object.fromEntries(kept)
}

/** What is wrong with the envelope: another tool's file, another version, an unknown kind. */
function foreign(document: unknown): Complaint | null {
  const whole = (message: string): Complaint => ({ path: [], at: 'value', message })
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return whole(`a manifest is a mapping with apiVersion, kind, metadata and spec`)
  }
  const { apiVersion: version, kind } = document as Readonly<Record<string, unknown>>
  if (version === undefined) return whole(missingVersion(document))
  if (version !== apiVersion) {
    return { path: ['apiVersion'], at: 'value', message: `apiVersion must be ${apiVersion}, not ${valueText(version)}` }
  }
  if (kind === undefined) return whole(`the document needs the field "kind": ${kinds.join(' or ')}`)
  if (typeof kind === 'string' && kinds.includes(kind)) return null
  const meant = typeof kind === 'string' ? closest(kind, kinds) : null
  const way = meant === null ? `use ${kinds.join(' or ')}` : `did you mean "${meant}"?`
  return { path: ['kind'], at: 'value', message: `unknown kind ${valueText(kind)}; ${way}` }
}

function missingVersion(document: object): string {
  if ('services' in document)
    return 'this looks like a Compose file, which this version does not read; write one document a container'
  const typed = closest('apiVersion', Object.keys(document))
  if (typed !== null) return `unknown field ${quote(typed)}; did you mean "apiVersion"?`
  return `the document needs the field "apiVersion": ${apiVersion}`
}

const valueText = (value: unknown): string =>
  (typeof value === 'string' ? quote(value) : (JSON.stringify(value) ?? 'nothing')).slice(0, 80)

/**
 * Of a choice (anyOf) that no branch fits, ajv reports every branch. Told are the errors of the branch whose type fits,
 * or else one error that names all types.
 */
function relevant(errors: readonly SchemaError[]): SchemaError[] {
  const choices = errors.filter(error => error.keyword === 'anyOf')
  const inChoice = (error: SchemaError, choice: SchemaError): boolean =>
    error.schemaPath.startsWith(`${choice.schemaPath}/`) || isBelow(error, choice)
  return errors.flatMap(error => {
    if (error.keyword === 'required') return errors.some(other => isMistyped(other, error)) ? [] : [error]
    if (error.keyword === 'anyOf') return errors.some(other => isDeeper(other, error)) ? [] : [merged(error, errors)]
    const choice = choices.find(
      candidate => candidate.instancePath === error.instancePath && inChoice(error, candidate),
    )
    return choice !== undefined && isTypeMiss(error) ? [] : [error]
  })
}

/** The unknown field is the missing one with a slip of the finger. */
const isMistyped = (unknown: SchemaError, missing: SchemaError): boolean =>
  unknown.keyword === 'additionalProperties' &&
  unknown.instancePath === missing.instancePath &&
  closest(String(unknown.params['additionalProperty']), [String(missing.params['missingProperty'])]) !== null

const isTypeMiss = (error: SchemaError): boolean => error.keyword === 'type' || error.keyword === 'const'

const isBelow = (error: SchemaError, choice: SchemaError): boolean =>
  error.instancePath === choice.instancePath && isTypeMiss(error)

/** An error from inside the branch whose type fits. */
const isDeeper = (error: SchemaError, choice: SchemaError): boolean =>
  error !== choice &&
  !(error.instancePath === choice.instancePath && isTypeMiss(error)) &&
  error.keyword !== 'anyOf' &&
  (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`))

function merged(choice: SchemaError, errors: readonly SchemaError[]): SchemaError {
  const misses = errors.filter(error => error.instancePath === choice.instancePath && isTypeMiss(error))
  const types = misses.map(error => error.params['type'] ?? JSON.stringify(error.params['allowedValue']))
  return { ...choice, keyword: 'type', params: { type: types.flat() } }
}
