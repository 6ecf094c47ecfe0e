import { fail, known, ok, unknown } from '../../model/errors.ts'
import type { Known, Result } from '../../model/errors.ts'
import { replaceFile } from '../files/atomic.ts'
import { goJson } from '../files/go-json.ts'
import { attempt, failure } from '../files/io.ts'
import type { ImagePaths } from '../layout/paths.ts'
import { isDigest } from './digest.ts'
import { fieldsOf, parseJson, parsed, wrong } from './json-fields.ts'
import { readBytes } from './read-bytes.ts'

/** A name of an image, in the familiar form: `web`, `web:1` or `web@sha256:…` under `web`. */
export type ReferenceName = { readonly repository: string; readonly reference: string }
export type StoredReference = ReferenceName & { readonly imageId: string }

const mostBytes = 64 * 1024 * 1024

/** All names, sorted. Unreadable is not empty: an engine would not even start on such a file. */
export function readReferences(at: ImagePaths): Known<readonly StoredReference[]> {
  const bytes = readBytes(at.references, mostBytes)
  if (!bytes.known) return bytes
  const { value } = bytes
  if (value === null) return known([])
  const read = parsed(() => referencesOf(parseJson(value)))
  return 'value' in read ? known(read.value) : unknown(`${at.references}: ${read.why}`)
}

function referencesOf(value: unknown): StoredReference[] {
  const { values: repositories } = fieldsOf(fieldsOf(value, 'the file').values['Repositories'] ?? {}, 'Repositories')
  return Object.entries(repositories)
    .flatMap(([repository, references]) =>
      Object.entries(fieldsOf(references, repository).values).map(([reference, imageId]) =>
        isDigest(imageId) ? { repository, reference, imageId } : wrong(`${reference} names no image`),
      ),
    )
    .sort(byReference)
}

/** Gives an image names, all at once or none; a tag moves, a digest never does. The image is in the store already. */
export function putReferences(at: ImagePaths, names: readonly ReferenceName[], imageId: string): Result<void> {
  const current = readReferences(at)
  if (!current.known) return fail(failure('E_STATE', current.why, at.references))
  for (const name of names) {
    const problem = nameProblem(name)
    if (problem !== null) return fail(failure('E_SPEC', problem, at.references))
    const before = current.value.find(({ reference }) => reference === name.reference)
    if (name.reference.includes('@') && before !== undefined && before.imageId !== imageId) {
      return fail(failure('E_STATE', `${name.reference} is ${before.imageId} already`, at.references))
    }
  }
  const moved = new Set(names.map(({ reference }) => reference))
  const rest = current.value.filter(({ reference }) => !moved.has(reference))
  return store(at, [...rest, ...names.map(name => ({ ...name, imageId }))])
}

/** Takes names away; those that aren't there do no harm. */
export function dropReferences(at: ImagePaths, references: readonly string[]): Result<void> {
  const current = readReferences(at)
  if (!current.known) return fail(failure('E_STATE', current.why, at.references))
  const rest = current.value.filter(({ reference }) => !references.includes(reference))
  return rest.length === current.value.length ? ok(undefined) : store(at, rest)
}

/** References may hold a digest, but the last thing before a file is written is not the place to trust that. */
function nameProblem({ repository, reference }: ReferenceName): string | null {
  const rest = reference.startsWith(repository) ? reference.slice(repository.length) : ''
  if (repository === '' || repository === 'sha256' || /[\s\0]/.test(repository)) {
    return `an image can't be named ${JSON.stringify(repository)}`
  }
  const isName = /^:\w[\w.-]{0,127}$/.test(rest) || (rest.startsWith('@') && isDigest(rest.slice(1)))
  return isName ? null : `${JSON.stringify(reference)} is no tag or digest of ${repository}`
}

function store(at: ImagePaths, references: readonly StoredReference[]): Result<void> {
  const repositories = new Map<string, Map<string, string>>()
  for (const { repository, reference, imageId } of [...references].sort(byReference)) {
    const names = repositories.get(repository) ?? new Map<string, string>()
    repositories.set(repository, names.set(reference, imageId))
  }
  const content = {
    Repositories: Object.fromEntries([...repositories].map(([name, names]) => [name, Object.fromEntries(names)])),
  }
  return attempt('write', at.references, () => replaceFile(at.references, goJson(content).trimEnd(), 0o600))
}

const byReference = (a: StoredReference, b: StoredReference) => (a.reference < b.reference ? -1 : 1)
