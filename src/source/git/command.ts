import type { Address } from './address.ts'
import type { GitLimits } from './limits.ts'

/** A command of the host, run without a terminal; everything that it may cost is bounded. */
export type HostCommand = {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** null: an empty standard input */
  readonly input: string | null
  readonly timeoutMs: number
  readonly maxOutputBytes: number
}

export type Ended = {
  /** null: it did not end by itself */
  readonly code: number | null
  readonly stdout: Uint8Array
  readonly stderr: string
  /** why it did not run to its end */
  readonly cut: 'absent' | 'time' | 'output' | 'cancelled' | 'killed' | null
}

/** Never rejects. When it resolves, no process of the command is left. */
export type RunCommand = (command: HostCommand, signal: AbortSignal) => Promise<Ended>

type Environment = Readonly<Record<string, string | undefined>>

/** What people set for git on purpose; the rest of GIT_* would point it elsewhere, or make it tell secrets. */
const keptVariables =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|EXEC_PATH)$/

function inherited(environment: Environment): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (!entry[0].startsWith('GIT_') || keptVariables.test(entry[0])),
  )
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    LANGUAGE: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GCM_INTERACTIVE: 'never',
  }
}

/** For git on a directory of ours: nobody's configuration, and nothing is fetched or written by the way. */
export function localEnvironment(environment: Environment): Record<string, string> {
  const own = Object.entries(inherited(environment)).filter(([name]) => !name.startsWith('GIT_CONFIG_'))
  return {
    ...Object.fromEntries(own),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
  }
}

/**
 * For git that talks to a server: proxies, credential helpers and ssh are as its user set them up, what may be spoken is
 * not. `sshCommand`: the user's own, or null.
 */
export function remoteEnvironment(
  environment: Environment,
  address: Address,
  sshCommand: string | null,
): Record<string, string> {
  const base = inherited(environment)
  return {
    ...base,
    GIT_ALLOW_PROTOCOL: allowedProtocols(address).join(':'),
    ...(address.transport === 'ssh' ? { GIT_SSH_COMMAND: `${sshCommand ?? ssh(base)} ${sshOptions}` } : {}),
    ...withCredentials(base, address),
  }
}

/** A redirection or a rule of `url.<base>.insteadOf` may lead from one of these to another, never from TLS to none. */
const allowedProtocols = ({ transport }: Address): string[] =>
  transport === 'http' ? ['http', 'https'] : transport === 'file' ? ['file'] : ['https', 'ssh']

const sshOptions = '-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4'

function ssh(environment: Environment): string {
  const program = environment['GIT_SSH']
  return program === undefined || program === '' ? 'ssh' : `'${program.replaceAll("'", `'\\''`)}'`
}

const helper =
  `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' ` +
  '"$RECONCILE_GIT_USERNAME" "$RECONCILE_GIT_PASSWORD"; }; f'

/** Those of the URL go to its host alone, and through the environment: arguments can be read by everybody. */
function withCredentials(base: Environment, { transport, host, credentials }: Address): Record<string, string> {
  if (credentials === null) return {}
  const { username, password } = credentials
  const section = `credential.${transport}://${host}`
  const settings: (readonly [string, string])[] =
    password === null
      ? [[`${section}.username`, username]]
      : [
          [`${section}.helper`, ''],
          [`${section}.helper`, helper],
        ]
  const count = Number(base['GIT_CONFIG_COUNT'] ?? 0) || 0
  const pairs = settings.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${count + i}`, key],
    [`GIT_CONFIG_VALUE_${count + i}`, value],
  ])
  return {
    ...Object.fromEntries(pairs),
    GIT_CONFIG_COUNT: String(count + settings.length),
    ...(password === null ? {} : { RECONCILE_GIT_USERNAME: username, RECONCILE_GIT_PASSWORD: password }),
  }
}

/** Settings that win over everybody's: no hooks, no maintenance, no submodules, nothing held in memory for long. */
export function settings(address: Address, limits: GitLimits): string[] {
  const values = {
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': 'false',
    'core.bigFileThreshold': '4m',
    'core.deltaBaseCacheLimit': '32m',
    'gc.auto': '0',
    'maintenance.auto': 'false',
    'pack.threads': '1',
    'fetch.unpackLimit': '1',
    'fetch.recurseSubmodules': 'false',
    'fetch.writeCommitGraph': 'false',
    'submodule.recurse': 'false',
    'transfer.bundleURI': 'false',
    'protocol.version': '2',
    'http.followRedirects': address.transport === 'http' ? 'false' : 'initial',
    'http.lowSpeedLimit': '1',
    'http.lowSpeedTime': String(limits.stallSeconds),
    'credential.interactive': 'false',
  }
  return Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`])
}

/** A shell sets the bounds that the kernel keeps: the size of any file it writes, its memory, no core dumps. */
export const bounded = (args: readonly string[], limits: GitLimits): Pick<HostCommand, 'file' | 'args'> => ({
  file: 'sh',
  args: [
    '-c',
    'ulimit -c 0; ulimit -f "$1"; ulimit -d "$2"; shift 2; exec git "$@"',
    'sh',
    String(Math.ceil(limits.packBytes / 512)),
    String(Math.ceil(limits.memoryBytes / 1024)),
    ...args,
  ],
})
