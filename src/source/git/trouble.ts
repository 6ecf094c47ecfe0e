import { withoutCredentials } from './address.ts'
import type { Ended } from './command.ts'

/** Why a repository can't be read. `own`: something is wrong with our copy of it, which can be made again. */
export type Trouble = {
  readonly kind: 'denied' | 'unreachable' | 'absent' | 'refused' | 'too-much' | 'own' | 'cancelled'
  /** the rest of a sentence about the repository; has no credentials in it */
  readonly message: string
}

type Sign = readonly [pattern: RegExp, kind: Trouble['kind'], message: string]

/** What git, curl and ssh print in the C locale; the first that fits tells. */
const signs: readonly Sign[] = [
  [
    /could not read (Username|Password)|terminal prompts disabled/i,
    'denied',
    'the server asks for credentials, and git has none for it (nobody is asked for them); give it some with a credential helper or ~/.netrc',
  ],
  [
    /Authentication failed|invalid credentials|HTTP Basic: Access denied|error: 40[13]\b/i,
    'denied',
    'the server refuses the credentials that git has for it',
  ],
  [
    /Permission denied \(|Too many authentication failures|no more authentication methods/i,
    'denied',
    'the server accepts no ssh key that is here (nobody is asked for a password); give ssh a key without a passphrase, or an agent',
  ],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    'denied',
    "ssh doesn't know the server's key, or it has changed; check it, and put it into known_hosts",
  ],
  [
    /dubious ownership/i,
    'refused',
    "it belongs to somebody else, which git refuses; `git config --global --add safe.directory PATH` as reconcile's user allows it",
  ],
  [/transport '[^']*' not allowed/i, 'refused', 'it leads to a protocol that is refused'],
  [/server certificate|SSL certificate|certificate verify/i, 'denied', "the server's certificate can't be verified"],
  [/Could not resolve|Name or service not known|Temporary failure in name/i, 'unreachable', "its host can't be found"],
  [/Connection refused/i, 'unreachable', 'nobody listens there (connection refused)'],
  [/timed out|No route to host|Network is unreachable|Failed to connect/i, 'unreachable', "its host can't be reached"],
  [/Operation too slow/i, 'unreachable', 'the server is too slow'],
  [/Out of memory|out of memory|died of signal (6|9|11)\b/, 'too-much', 'it needs too much memory to unpack'],
  [/No space left on device/i, 'refused', 'no space left on this host (ENOSPC)'],
  [/couldn't find remote ref|not our ref|no such remote ref/i, 'absent', 'it does not have what is asked for'],
  [
    /does not appear to be a git repository|repository .*not found|not a git repository|error: 404\b/i,
    'absent',
    'there is no repository',
  ],
  [
    /early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|transfer closed|fetch-pack: unexpected|invalid index-pack|bad line length|expected (flush|packfile|.acknowledgments)|invalid server response/i,
    'unreachable',
    'the connection broke off, or what came was damaged',
  ],
]

/** What a command that failed says of the repository. `what`: `read its names`. */
export function troubleOf(ended: Ended, what: string, timeoutMs: number): Trouble {
  if (ended.cut === 'absent') return { kind: 'refused', message: 'git is not installed on this host' }
  if (ended.cut === 'cancelled') return { kind: 'cancelled', message: 'interrupted' }
  if (ended.cut === 'time') return { kind: 'unreachable', message: `could not ${what} within ${timeoutMs / 1000} s` }
  if (ended.cut === 'output') return { kind: 'too-much', message: `there is more to ${what} than is taken` }
  const sign = signs.find(([pattern]) => pattern.test(ended.stderr))
  const detail = withoutCredentials(lastWords(ended.stderr))
  if (sign === undefined) {
    const how = ended.code === null ? 'was killed' : `ended with ${ended.code}`
    return { kind: 'own', message: `could not ${what}: ${detail === '' ? `git ${how}` : detail}` }
  }
  const [, kind, message] = sign
  return { kind, message: detail === '' ? message : `${message} (${detail})` }
}

const longestDetail = 200

/** The first line that begins with `fatal:` tells most; ssh's own lines have no such word. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map(line => line.trim())
  const line =
    lines.find(text => text.startsWith('fatal:')) ??
    lines.find(text => text.startsWith('error:')) ??
    lines.findLast(text => text !== '') ??
    ''
  const words = line.replace(/^(fatal|error): /, '')
  return words.length > longestDetail ? `${words.slice(0, longestDetail)}…` : words
}
