import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { dependencyFaults } from '../../src/manifest/dependencies.ts'
import { type ReadManifests, readManifests } from '../../src/manifest/read.ts'
import { readRegularFile } from '../../src/source/regular-file.ts'
import { sourceOf } from './specs.ts'

const directory = join(import.meta.dirname, '../../schemas/examples')

/** Names of the samples, without `.yaml`. */
export const exampleNames = (kind: 'valid' | 'invalid'): string[] =>
  readdirSync(join(directory, kind))
    .filter(name => name.endsWith('.yaml'))
    .map(name => basename(name, '.yaml'))

export function readExample(kind: 'valid' | 'invalid', name: string): ReadManifests {
  const path = join(directory, kind, `${name}.yaml`)
  const file = `${name}.yaml`
  const read = readManifests([{ file, path, text: readFileSync(path) }], join(directory, kind), {
    readFile: absolute => readRegularFile(absolute, 1024 * 1024),
  })
  // what shows only once all files are read
  const source = sourceOf({ name: join(directory, kind), badFiles: read.badFiles })
  const faults = dependencyFaults(read.containers, [source])
  if (faults.length === 0) return read
  const problems = faults.map(({ position, message }) => ({ position, file: path, message, excerpt: null }))
  return { containers: [], volumes: [], networks: [], problems, badFiles: [path] }
}

/** Problems as `line:column: message`, or `-: message` for the whole file; paths of this machine become `…`. */
export const problemLines = ({ problems }: Pick<ReadManifests, 'problems'>): string =>
  problems
    .map(({ position, message }) => `${position === null ? '-' : `${position.line}:${position.column}`}: ${message}\n`)
    .join('')
    .replaceAll(directory, '…')

export const expectedPath = (name: string): string => join(directory, 'invalid', `${name}.expected.txt`)
