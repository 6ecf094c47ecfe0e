import { jsonLine } from '../../status/text/json-text.ts'
import { backLine, mendedLine } from '../../status/text/lines.ts'
import type { Reading } from '../manifests/manifests.ts'
import { sayProblems } from '../manifests/say-problems.ts'
import { sayRevisions, tellRevisions } from '../manifests/say-revisions.ts'
import type { Session } from './session.ts'

/** What a watcher says of a reading that differs from the one before (null: it is the first). */
export function sayReading(session: Session, reading: Reading, before: Reading | null): void {
  const { context, manifests, show, say } = session
  const problems = reading.desired.problems
  const isOther = JSON.stringify(problems) !== JSON.stringify(before?.desired.problems ?? [])
  const back = before === null ? [] : before.missing.filter(directory => !reading.missing.includes(directory))
  if (context.options.output === 'json') {
    tellRevisions(context, reading, before)
    if (back.length > 0) context.screen.out(jsonLine({ back }))
    if (isOther) context.screen.out(jsonLine({ problems }))
    return
  }
  sayRevisions(context, reading, before)
  const bad = new Set(problems.map(({ file }) => file))
  const mended = new Set(
    before?.desired.problems.flatMap(({ file }) => (bad.has(file) || !file.startsWith('/') ? [] : [file])),
  )
  for (const directory of back) say(backLine(directory))
  for (const file of mended) say(mendedLine(manifests.display(file)))
  if (isOther) sayProblems(context, reading, 'was', show())
}
