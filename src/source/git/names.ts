import { fail, ok, type Result } from '../../model/errors.ts'

/** What to follow: the repository's own default, a branch or tag, or one commit for ever. */
export type Wanted =
  | { readonly kind: 'head' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'commit'; readonly commit: string }

/** git-check-ref-format(1), and no dash in front: a name can't be taken for an option. */
export function parseRef(text: string | null): Result<Wanted, string> {
  if (text === null || text === 'HEAD') return ok({ kind: 'head' })
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return ok({ kind: 'commit', commit: text })
  const isBad =
    /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|(^|\/)\./.test(text) || /^[-/]|[/.]$|^@?$/.test(text)
  return isBad ? fail('that is no name of a branch or tag, nor a whole commit id') : ok({ kind: 'name', name: text })
}

/** Full names that may be meant, the likelier first. */
export const candidateRefs = (name: string): string[] =>
  name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`]

export const shortRef = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, '')

const longestPathBytes = 1024

/** A directory of a repository, without slashes around it; `` is its top. */
export function parsePath(text: string): Result<string, string> {
  const path = text.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '')
  if (/\p{Cc}/u.test(path)) return fail('the path has control characters in it')
  if (Buffer.byteLength(path) > longestPathBytes) return fail(`the path is longer than ${longestPathBytes} bytes`)
  if (path !== '' && path.split('/').some(part => part === '' || part === '.' || part === '..'))
    return fail('the path names a directory of the repository, without "." and ".."')
  return ok(path)
}
