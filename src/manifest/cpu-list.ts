import { fail, ok, type Result } from '../model/errors.ts'
import { quote } from './text.ts'

const maxNumber = 8191

/** Checks a list of CPUs or memory nodes as the kernel writes it: `0-3,5` (cpuset(7), list format). */
export function cpuList(text: string): Result<string, string> {
  const ranges = text.split(',').map(part => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part))
  if (ranges.includes(null)) return fail(`${quote(text)} is not a list of numbers; write it as "0-3,5"`)
  for (const range of ranges) {
    const from = Number(range?.[1])
    const to = Number(range?.[2] ?? range?.[1])
    if (from > to) return fail(`${quote(`${from}-${to}`)} runs backwards; did you mean "${to}-${from}"?`)
    if (to > maxNumber) return fail(`${to} is larger than any number that a kernel has (${maxNumber})`)
  }
  return ok(text)
}
