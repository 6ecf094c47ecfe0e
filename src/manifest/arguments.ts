import type { Spec } from './generated/manifests.ts'
import type { Report } from './report.ts'

/** MAX_ARG_STRLEN of the kernel with 4 KiB pages, execve(2) */
const maxArgumentBytes = 131_071
const maxArguments = 10_000

/** What to run. An image may say it; a rootfs has no defaults of its own, so something must be named. */
export function resolveArguments(spec: Spec, report: Report): { entrypoint: string[]; command: string[] } {
  const words = { entrypoint: [...(spec.entrypoint ?? [])], command: [...(spec.command ?? [])] }
  for (const field of ['entrypoint', 'command'] as const) {
    if (words[field].length > maxArguments) report(['spec', field], `spec.${field} has more than ${maxArguments} words`)
    const long = words[field].findIndex(word => Buffer.byteLength(word) > maxArgumentBytes)
    if (long >= 0)
      report(['spec', field, long], `spec.${field}.${long} is longer than the kernel's ${maxArgumentBytes} bytes`)
  }
  checkFirst(spec, words, report)
  return words
}

function checkFirst(spec: Spec, words: { entrypoint: string[]; command: string[] }, report: Report): void {
  const hasImage = spec.image !== undefined
  if (hasImage && spec.entrypoint?.length === 0) {
    const wayOut = `remove it for the image's own, or write [""] for none`
    return report(['spec', 'entrypoint'], `spec.entrypoint is empty; ${wayOut}`)
  }
  const isReset = hasImage && words.entrypoint.length === 1 && words.entrypoint[0] === ''
  const entrypoint = isReset ? [] : words.entrypoint
  const first = [...entrypoint, ...words.command][0]
  const named = entrypoint.length > 0 ? 'entrypoint' : 'command'
  if (first === '') report(['spec', named, 0], `spec.${named}.0 is empty: it names the program to run`)
  else if (first === undefined && (isReset || !hasImage))
    report(['spec', 'command'], 'spec needs the field "command" (or "entrypoint"): what to run', 'key')
}
