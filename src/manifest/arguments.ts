import type { Spec } from './generated/manifests.ts'
import type { Report } from './report.ts'

/** MAX_ARG_STRLEN of the kernel with 4 KiB pages, execve(2) */
const maxArgumentBytes = 131_071
const maxArguments = 10_000

/** What to run. A rootfs has no defaults of its own, so something must be named. */
export function resolveArguments(spec: Spec, report: Report): { entrypoint: string[]; command: string[] } {
  const words = { entrypoint: [...(spec.entrypoint ?? [])], command: [...(spec.command ?? [])] }
  for (const field of ['entrypoint', 'command'] as const) {
    if (words[field].length > maxArguments) report(['spec', field], `spec.${field} has more than ${maxArguments} words`)
    const long = words[field].findIndex(word => Buffer.byteLength(word) > maxArgumentBytes)
    if (long >= 0)
      report(['spec', field, long], `spec.${field}.${long} is longer than the kernel's ${maxArgumentBytes} bytes`)
  }
  const first = [...words.entrypoint, ...words.command][0]
  const named = words.entrypoint.length > 0 ? 'entrypoint' : 'command'
  if (first === undefined)
    report(['spec', 'command'], 'spec needs the field "command" (or "entrypoint"): what to run', 'key')
  else if (first === '') report(['spec', named, 0], `spec.${named}.0 is empty: it names the program to run`)
  return words
}
