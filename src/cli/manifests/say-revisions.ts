import { errorAt } from '../../status/passes/annotations.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import { revisionLines } from '../../status/sources/revisions.ts'
import type { Context } from '../context/context.ts'
import type { Reading } from './manifests.ts'

/** Says at which commit each Git source is and what stands in its way, where that is other than before. */
export function sayRevisions({ screen, options }: Context, reading: Reading, before: Reading | null): void {
  if (options.output === 'json') return
  for (const line of revisionLines(reading.revisions, before?.revisions ?? null)) screen.err(line)
  if (!options.annotates || before !== null) return
  for (const { describe, trouble } of reading.revisions)
    if (trouble !== null) screen.out(errorAt(null, `${describe}: ${trouble}`, { display: file => file }))
}

/** The same as lines of JSON, for a watcher. */
export function tellRevisions({ screen }: Context, reading: Reading, before: Reading | null): void {
  for (const revision of reading.revisions) {
    const last = before?.revisions.find(({ describe }) => describe === revision.describe)
    if (JSON.stringify(last) !== JSON.stringify(revision)) screen.out(jsonLine({ revision }))
  }
}
