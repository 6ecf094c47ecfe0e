import type { ContainerManifest, VolumeManifest } from './generated/manifests.ts'
import { type SchemaError, validateContainerManifest, validateVolumeManifest } from './generated/validators.js'
import { type Complaint, complaintOf } from './complaint.ts'
import { closest } from './suggest.ts'
import { quote } from './text.ts'

export type Manifest = ContainerManifest | VolumeManifest
export type Validated =
  | { readonly manifest: Manifest; readonly complaints: readonly [] }
  | { readonly manifest: null; readonly complaints: readonly Complaint[] }

const apiVersion = 'reconcile/v1'
const kinds = ['Container', 'Volume']

/** Whether a document is a manifest that this version honours to the last field. */
export function validate(document: unknown): Validated {
  const complaint = foreign(document)
  if (complaint !== null) return { manifest: null, complaints: [complaint] }
  const manifest = document as Manifest
  const check = manifest.kind === 'Container' ? validateContainerManifest : validateVolumeManifest
  if (check(manifest)) return { manifest, complaints: [] }
  const complaints = relevant(check.errors ?? []).flatMap(error => complaintOf(error) ?? [])
  return { manifest: null, complaints }
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
  if (kind === 'Network')
    return {
      path: ['kind'],
      at: 'value',
      message: 'kind Network is not supported by this version; remove the document',
    }
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
    if (error.keyword === 'anyOf') return errors.some(other => isDeeper(other, error)) ? [] : [merged(error, errors)]
    const choice = choices.find(
      candidate => candidate.instancePath === error.instancePath && inChoice(error, candidate),
    )
    return choice !== undefined && isTypeMiss(error) ? [] : [error]
  })
}

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
  const constant = misses.find(error => error.keyword === 'const')
  if (constant !== undefined && typeof choice.data === 'string') return constant
  return { ...choice, keyword: 'type', params: { type: misses.flatMap(error => error.params['type'] ?? []) } }
}
