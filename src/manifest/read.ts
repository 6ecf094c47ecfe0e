import type { DesiredContainer, DesiredVolume, Problem } from '../model/desired.ts'
import type { DesiredNetwork } from '../model/network.ts'
import { fullName, type Position, type SourceName } from '../model/identity.ts'
import type { Complaint } from './complaint.ts'
import { decodeText, maxManifestBytes } from './decode.ts'
import type { ReadFile } from './environment.ts'
import { type ParsedDocument, parseDocuments } from './parse.ts'
import { reporter } from './report.ts'
import { resolveContainer } from './resolve-container.ts'
import { resolveNetwork } from './resolve-network.ts'
import { resolveVolume } from './resolve-volume.ts'
import { positionAt, problemAt, problemOfFile, type SourceText, sourceText, type Span } from './text.ts'
import { validate } from './validate.ts'

/** `file`: as people should see it; `path`: the absolute real path, which is `Position.file`. */
export type ManifestText = { readonly file: string; readonly path: string; readonly text: Uint8Array | string }
export type ManifestContext = { readonly readFile: ReadFile; readonly memory?: ReadMemory }
export type ReadManifests = {
  readonly containers: DesiredContainer[]
  readonly volumes: DesiredVolume[]
  readonly networks: DesiredNetwork[]
  readonly problems: Problem[]
  /** paths of the files with a problem; nothing of them is in the lists */
  readonly badFiles: string[]
}

/** By path, what was read last: a text that says the same is not read again, unless other files are a part of what it says. */
export type ReadMemory = Map<string, { readonly text: ManifestText; readonly read: FileObjects }>

export const maxProblemsPerFile = 20

/** Texts → what they ask for. A file with any mistake contributes nothing but its problems, at most 20. */
export function readManifests(
  texts: readonly ManifestText[],
  source: SourceName,
  context: ManifestContext,
): ReadManifests {
  const all: ReadManifests = { containers: [], volumes: [], networks: [], problems: [], badFiles: [] }
  const kept: ReadMemory = new Map()
  for (const text of texts) {
    const read = readRemembered(text, source, context, kept)
    if (read.problems.length === 0) {
      all.containers.push(...read.containers)
      all.volumes.push(...read.volumes)
      all.networks.push(...read.networks)
    } else {
      all.problems.push(...bounded(read.problems, text.path))
      all.badFiles.push(text.path)
    }
  }
  context.memory?.clear()
  for (const [path, one] of kept) context.memory?.set(path, one)
  return all
}

function readRemembered(
  text: ManifestText,
  source: SourceName,
  context: ManifestContext,
  kept: ReadMemory,
): FileObjects {
  const before = context.memory?.get(text.path)
  let isAlone = true
  const readFile: ReadFile = path => {
    isAlone = false
    return context.readFile(path)
  }
  const read =
    before !== undefined && isSameText(before.text, text) ? before.read : readFileText(text, source, { readFile })
  if (isAlone) kept.set(text.path, { text, read })
  return read
}

const isSameText = (a: ManifestText, b: ManifestText): boolean =>
  a.file === b.file &&
  (typeof a.text === 'string' || typeof b.text === 'string' ? a.text === b.text : Buffer.compare(a.text, b.text) === 0)

type FileObjects = Omit<ReadManifests, 'badFiles'>

function readFileText({ file, path, text }: ManifestText, source: SourceName, context: ManifestContext): FileObjects {
  const decoded = decodeText(text, maxManifestBytes)
  if (!decoded.ok)
    return {
      containers: [],
      volumes: [],
      networks: [],
      problems: [problemOfFile(path, `the file is ${decoded.error}`)],
    }
  const origin = sourceText(path, decoded.value)
  const { documents, problems } = parseDocuments(origin)
  const all: FileObjects = { containers: [], volumes: [], networks: [], problems: [] }
  const declared = new Map<string, Position>()
  for (const document of documents) {
    readDocument(document, origin, source, context, all)
    const twice = duplicate(document, origin, file, declared)
    if (twice !== null) all.problems.push(twice)
  }
  return {
    ...all,
    problems: [
      ...problems,
      ...(problems.length < maxProblemsPerFile
        ? all.problems.filter(problem => !problems.some(known => isSamePlace(known, problem)))
        : []),
    ],
  }
}

/** What the parser refused was replaced, and must not be told a second time. */
const isSamePlace = (a: Problem, b: Problem): boolean =>
  a.position?.line === b.position?.line && a.position?.column === b.position?.column

function readDocument(
  document: ParsedDocument,
  text: SourceText,
  source: SourceName,
  context: ManifestContext,
  all: FileObjects,
): void {
  const { manifest, complaints } = validate(document.value)
  all.problems.push(...complaints.map(complaint => problemOf(complaint, document, text)))
  if (manifest === null) return
  const { report, complaints: mistakes } = reporter()
  const origin = { ...positionAt(text, spanOf(document, ['metadata', 'name'], 'key').offset), source }
  if (manifest.kind === 'Container') {
    const positions = positionsOf(document, text)
    all.containers.push(resolveContainer(manifest, { origin, positions }, context.readFile, report))
  } else if (manifest.kind === 'Network') {
    all.networks.push(resolveNetwork(manifest, origin, positionsOf(document, text), report))
  } else {
    all.volumes.push(resolveVolume(manifest, origin, report))
  }
  const told = mistakes.filter(mistake => !follows(mistake, complaints))
  all.problems.push(...told.map(mistake => problemOf(mistake, document, text)))
}

/** A missing field or a contradiction, where a field was left out only because it does not fit the schema. */
function follows(mistake: Complaint, complaints: readonly Complaint[]): boolean {
  const parent = mistake.path.slice(0, -1)
  return (
    mistake.at === 'key' &&
    complaints.some(({ path }) => path.length > parent.length && parent.every((word, index) => path[index] === word))
  )
}

const problemOf = ({ path, at, message }: Complaint, document: ParsedDocument, text: SourceText): Problem =>
  problemAt(text, spanOf(document, path, at), message)

/** The span of a path; of one that does not stand in the document, the key of its nearest parent. */
function spanOf(document: ParsedDocument, path: readonly string[], at: Complaint['at']): Span {
  const words = path.map(word => word.replaceAll('~', '~0').replaceAll('/', '~1'))
  for (let length = words.length; length >= 0; length -= 1) {
    const place = document.places.get(
      words
        .slice(0, length)
        .map(word => `/${word}`)
        .join(''),
    )
    if (place !== undefined) return (at === 'key' || length < words.length ? place.key : null) ?? place.value
  }
  return { offset: 0, length: 1 }
}

function positionsOf(document: ParsedDocument, text: SourceText): Record<string, Position> {
  const places = [...document.places].filter(([pointer]) => pointer !== '')
  const dotted = (pointer: string): string =>
    pointer
      .slice(1)
      .split('/')
      .map(word => word.replaceAll('~1', '/').replaceAll('~0', '~'))
      .join('.')
  return Object.fromEntries(places.map(([pointer, { shown }]) => [dotted(pointer), positionAt(text, shown.offset)]))
}

/** The same name a second time in one file; names of documents with other mistakes count too. */
function duplicate(
  document: ParsedDocument,
  text: SourceText,
  file: string,
  declared: Map<string, Position>,
): Problem | null {
  const { kind, metadata } = (document.value ?? {}) as {
    kind?: unknown
    metadata?: { name?: unknown; project?: unknown } | null
  }
  if (typeof metadata?.name !== 'string' || typeof kind !== 'string') return null
  const project = typeof metadata.project === 'string' ? metadata.project : null
  const subject = `${kind.toLowerCase()} ${fullName({ project, name: metadata.name })}`
  const span = spanOf(document, ['metadata', 'name'], 'value')
  const first = declared.get(subject)
  if (first === undefined) {
    declared.set(subject, positionAt(text, span.offset))
    return null
  }
  return problemAt(
    text,
    span,
    `${subject} is declared twice, first at ${file}:${first.line}:${first.column}; rename or remove one`,
  )
}

function bounded(problems: readonly Problem[], path: string): Problem[] {
  const sorted = problems.toSorted(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
  )
  if (sorted.length <= maxProblemsPerFile) return sorted
  const told = sorted.slice(0, maxProblemsPerFile - 1)
  return [...told, problemOfFile(path, `${sorted.length - told.length} more problems in this file`)]
}
