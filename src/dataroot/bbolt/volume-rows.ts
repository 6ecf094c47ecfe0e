import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import { goJson } from '../files/go-json.ts'
import { failure, ifPresent } from '../files/io.ts'
import { readDatabase, writeDatabase } from './database-file.ts'
import type { Element } from './read-tree.ts'

/** What Docker's engine knows of a volume beside its directory: one row of `volumes/metadata.db`. */
export type VolumeRow = {
  readonly name: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>> | null
  readonly options: Readonly<Record<string, string>> | null
}

const bucket = 'volumes'

/** All rows, sorted by name. Throws system errors; E_STATE: the file is damaged, or a row isn't one. */
export function readVolumeRows(metadataDb: string): Result<readonly VolumeRow[]> {
  const elements = ifPresent(() => readDatabase(metadataDb, bucket)) ?? ok([])
  if (!elements.ok) return elements
  const rows: VolumeRow[] = []
  for (const element of elements.value) {
    const row = rowOf(element)
    if (row === null) {
      const why = `${metadataDb}: the row of ${JSON.stringify(element.key.toString())} is no volume`
      return fail(failure('E_STATE', why, metadataDb))
    }
    rows.push(row)
  }
  return ok(rows)
}

/**
 * Puts a volume's row into the file, in place, or changes its labels; other rows stay byte for byte. Only under the pass
 * lock. `rebuild` gives all rows that there should be; it is asked where the file is damaged.
 */
export function putVolumeRow(
  metadataDb: string,
  name: string,
  labels: VolumeRow['labels'],
  rebuild: () => readonly VolumeRow[],
): Result<void> {
  const before = readDatabase(metadataDb, bucket)
  if (!before.ok) return writeDatabase(metadataDb, bucket, rebuild().map(elementOf))
  const own = before.value.find(({ key }) => key.toString() === name)
  const known = own === undefined ? null : rowOf(own)
  const next = elementOf({ driver: 'local', options: null, ...known, name, labels })
  if (own?.value.equals(next.value)) return ok(undefined)
  return writeDatabase(metadataDb, bucket, [...before.value.filter(element => element !== own), next])
}

/** Takes a volume's row out; a file without it, or a damaged one, is left as it is. Only under the pass lock. */
export function dropVolumeRow(metadataDb: string, name: string): Result<void> {
  const before = ifPresent(() => readDatabase(metadataDb, bucket))
  if (before === null || !before.ok) return ok(undefined)
  const rest = before.value.filter(({ key }) => key.toString() !== name)
  return rest.length === before.value.length ? ok(undefined) : writeDatabase(metadataDb, bucket, rest)
}

const elementOf = ({ name, driver, labels, options }: VolumeRow): Element => ({
  flags: 0,
  key: Buffer.from(name),
  value: Buffer.from(goJson({ Name: name, Driver: driver, Labels: labels, Options: options }).trimEnd()),
})

function rowOf({ flags, key, value }: Element): VolumeRow | null {
  let row: Record<string, unknown> | null
  try {
    row = flags === 0 ? (JSON.parse(value.toString()) as typeof row) : null
  } catch {
    return null
  }
  if (typeof row !== 'object' || row === null || typeof row['Driver'] !== 'string') return null
  const { Labels: labels = null, Options: options = null } = row
  if (!isTextMap(labels) || !isTextMap(options)) return null
  return { name: key.toString(), driver: row['Driver'], labels, options }
}

const isTextMap = (value: unknown): value is Readonly<Record<string, string>> | null =>
  value === null ||
  (typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(item => typeof item === 'string'))
