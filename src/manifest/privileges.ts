import { fail, ok, type Result } from '../model/errors.ts'
import type { Report } from './report.ts'
import { closest } from './suggest.ts'
import { quote } from './text.ts'
import { capabilities, signalNumbers } from './vocabulary.ts'

/** Capability names with and without `CAP_`, in any case → `CAP_X` or `ALL`, sorted, each once. */
export function resolveCapabilities(words: readonly string[] | undefined, field: string, report: Report): string[] {
  const names = (words ?? []).map((word, index) => {
    const upper = word.toUpperCase()
    const name = upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`
    if (name !== 'ALL' && !capabilities.includes(name)) {
      const meant = closest(name, capabilities)
      const way = meant === null ? 'see capabilities(7)' : `did you mean "${meant.slice('CAP_'.length)}"?`
      report(['spec', 'capabilities', field, index], `unknown capability ${quote(word)}; ${way}`)
    }
    return name
  })
  return [...new Set(names)].sort()
}

/** `SIGTERM`, `TERM`, `term` or `15` → `SIGTERM`; `RTMIN+3` → `SIGRTMIN+3`. */
export function parseSignal(text: string): Result<string, string> {
  const realTime = /^(?:SIG)?(RTMIN(?:\+(?:[12]?\d|30))?|RTMAX(?:-(?:[12]?\d|30))?)$/i.exec(text)
  if (realTime !== null) return ok(`SIG${realTime[1]?.toUpperCase()}`)
  const known = Object.keys(signalNumbers)
  const upper = text.toUpperCase()
  const name = /^\d+$/.test(text)
    ? known.find(signal => signalNumbers[signal] === Number(text))
    : known.find(signal => signal === upper || signal === `SIG${upper}`)
  if (name !== undefined) return ok(name)
  const meant = closest(upper.startsWith('SIG') ? upper : `SIG${upper}`, known)
  return fail(`unknown signal ${quote(text)}${meant === null ? '; see signal(7)' : `; did you mean "${meant}"?`}`)
}
