import type { BindMount, VolumeMount } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import { didYouMean } from './suggest.ts'
import { quote } from './text.ts'

/** What the short form says; paths are still as typed. */
export type ShortMount =
  | (Omit<VolumeMount, 'readOnly'> & { readonly readOnly: boolean })
  | Omit<BindMount, 'recursive' | 'createSource' | 'requireMount'>

const propagations: readonly string[] = ['rprivate', 'private', 'rslave', 'slave', 'rshared', 'shared']
const options: readonly string[] = ['ro', 'rw', 'nocopy', ...propagations]
const refused: Readonly<Record<string, string>> = {
  z: 'SELinux labels are not supported by this version',
  Z: 'SELinux labels are not supported by this version',
  readonly: 'did you mean "ro"?',
  cached: 'it means nothing on Linux; remove it',
  delegated: 'it means nothing on Linux; remove it',
  consistent: 'it means nothing on Linux; remove it',
}

/**
 * `name:/target`, `/host:/target`, `./host:/target` with `:ro`, `:rw`, `:nocopy` or a propagation behind, or `/target` alone
 * for an anonymous volume.
 */
export function parseShortMount(text: string): Result<ShortMount, string> {
  const [first = '', target, optionText, ...rest] = text.split(':')
  if (rest.length > 0)
    return fail(`${quote(text)} has too many ":"; use the long form { type: bind, source: …, target: … }`)
  if (target === undefined) {
    if (first.startsWith('/')) return ok({ type: 'volume', name: null, target: first, readOnly: false, noCopy: false })
    return fail(`${quote(text)} has no target; did you mean "${first}:/${first.replace(/^[./]+/, '')}"?`)
  }
  if (first === '') return fail(`${quote(text)} has no source before ":"`)
  if (!target.startsWith('/')) {
    if (optionText === undefined && target.split(',').every(word => options.includes(word))) {
      return fail(`${quote(text)} has options but no target; write name:/target:${target}`)
    }
    return fail(
      `the target ${quote(target)} must be an absolute path; did you mean "${first}:/${target.replace(/^[./]+/, '')}"?`,
    )
  }
  const chosen = parseOptions(optionText)
  return chosen.ok ? mountOf(first, target, chosen.value) : chosen
}

type Options = {
  readonly readOnly: boolean
  readonly noCopy: boolean
  readonly propagation: BindMount['propagation'] | null
}

function parseOptions(text: string | undefined): Result<Options, string> {
  const words = text === undefined ? [] : text.split(',')
  for (const word of words) {
    const why = Object.hasOwn(refused, word) ? refused[word] : undefined
    if (why !== undefined) return fail(`option ${quote(word)}: ${why}`)
    if (!options.includes(word)) {
      return fail(`unknown option ${quote(word)}${didYouMean(word, options) || `; known are ${options.join(', ')}`}`)
    }
  }
  const modes = words.filter(word => word === 'ro' || word === 'rw')
  const copies = words.filter(word => word === 'nocopy')
  const chosen = words.filter(word => propagations.includes(word))
  if (modes.length > 1 || copies.length > 1 || chosen.length > 1)
    return fail(`the options ${quote(text ?? '')} contradict or repeat each other; keep one`)
  return ok({
    readOnly: modes[0] === 'ro',
    noCopy: copies.length === 1,
    propagation: (chosen[0] as BindMount['propagation'] | undefined) ?? null,
  })
}

function mountOf(
  source: string,
  target: string,
  { readOnly, noCopy, propagation }: Options,
): Result<ShortMount, string> {
  if (/^[./~]/.test(source)) {
    if (noCopy) return fail('option "nocopy" is for volumes; nothing is ever copied into a bind')
    return ok({ type: 'bind', source, target, readOnly, propagation: propagation ?? 'rprivate' })
  }
  if (source.includes('/'))
    return fail(`${quote(source)} is neither a volume's name nor a path; did you mean "./${source}"?`)
  if (propagation !== null) return fail(`option "${propagation}" is for binds; a volume has no propagation`)
  return ok({ type: 'volume', name: source, target, readOnly, noCopy })
}
