import type { DesiredSource, Problem } from '../model/desired.ts'
import type { Result } from '../model/errors.ts'
import type { SourceFile, SourceReading } from './source.ts'

/** One file of a source as it was read. */
export type FileReading = Omit<SourceFile, 'text'> & { readonly bytes: Result<Uint8Array, string> }

/** What a source's files say together. `empty`: nothing in them declares anything. */
export function readingOf(
  identity: Pick<DesiredSource, 'name' | 'scope' | 'allowEmpty'>,
  files: readonly FileReading[],
): SourceReading {
  const texts = files.flatMap(({ file, path, bytes }) => (bytes.ok ? [{ file, path, text: bytes.value }] : []))
  const problems = files.flatMap(({ path, bytes }) => (bytes.ok ? [] : [fileProblem(path, bytes.error)]))
  const read = problems.length === 0 && !texts.some(({ text }) => hasContent(text)) ? 'empty' : 'ok'
  return { source: { ...identity, read, badFiles: problems.map(({ file }) => file) }, texts, problems }
}

export const vanished = (identity: Pick<DesiredSource, 'name' | 'scope' | 'allowEmpty'>): SourceReading => ({
  source: { ...identity, read: 'vanished', badFiles: [] },
  texts: [],
  problems: [],
})

export const fileProblem = (path: string, why: string): Problem => ({
  position: null,
  file: path,
  message: `the file can't be read: ${why}`,
  excerpt: null,
})

/** Whether a YAML stream has more than comments, blank lines and document marks. */
function hasContent(text: Uint8Array): boolean {
  const start = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
  return /^(?![ \t]*(#|\r?$|\n)|(---|\.\.\.)[ \t]*(#.*)?\r?$)/m.test(start)
}
