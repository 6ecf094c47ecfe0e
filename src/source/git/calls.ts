import { fail, ok, type Result } from '../../model/errors.ts'
import type { Address } from './address.ts'
import { bounded, type Ended, localEnvironment, remoteEnvironment, type RunCommand, settings } from './command.ts'
import type { GitLimits } from './limits.ts'
import { type Trouble, troubleOf } from './trouble.ts'

/** The git command of this host, and what it may cost. */
export type Git = {
  readonly run: RunCommand
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly limits: GitLimits
}

export type Call = {
  readonly args: readonly string[]
  /** the end of `could not …` */
  readonly what: string
  readonly input?: string
  readonly maxOutputBytes?: number
  readonly timeoutMs?: number
  /** exit codes that are answers */
  readonly answers?: readonly number[]
}

export type Answer = { readonly code: number; readonly stdout: Buffer }

const smallOutputBytes = 1024 * 1024

/** On a directory of ours: reads objects, never the network, the user's configuration, or a work tree. */
export function askLocal(
  git: Git,
  directory: string,
  call: Call,
  signal: AbortSignal,
): Promise<Result<Answer, Trouble>> {
  const args = ['--no-pager', '--literal-pathspecs', `--git-dir=${directory}`, ...call.args]
  return ask(git, { file: 'git', args }, localEnvironment(git.environment), call, signal)
}

/** Talks to the server of a repository. */
export async function askRemote(
  git: Git,
  address: Address,
  call: Call,
  signal: AbortSignal,
): Promise<Result<Answer, Trouble>> {
  const sshCommand = address.transport === 'ssh' ? await userSshCommand(git, signal) : null
  const environment = remoteEnvironment(git.environment, address, sshCommand)
  const command = bounded(['--no-pager', ...settings(address, git.limits), ...call.args], git.limits)
  return ask(git, command, environment, call, signal)
}

/** The user's way to run ssh, which options of ours are added to. */
async function userSshCommand(git: Git, signal: AbortSignal): Promise<string | null> {
  const own = git.environment['GIT_SSH_COMMAND']
  if (own !== undefined && own !== '') return own
  const { GIT_DIR: _, ...env } = Object.fromEntries(
    Object.entries(git.environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const command = { file: 'git', args: ['config', '--get', 'core.sshCommand'], env, input: null }
  const asked = await git.run({ ...command, timeoutMs: git.limits.readMs, maxOutputBytes: smallOutputBytes }, signal)
  const text = Buffer.from(asked.stdout).toString('utf8').trim()
  return asked.code === 0 && text !== '' ? text : null
}

async function ask(
  git: Git,
  command: { readonly file: string; readonly args: readonly string[] },
  env: Readonly<Record<string, string>>,
  call: Call,
  signal: AbortSignal,
): Promise<Result<Answer, Trouble>> {
  const { what, input = null, maxOutputBytes = smallOutputBytes, timeoutMs = git.limits.readMs, answers = [] } = call
  const ended: Ended = await git.run({ ...command, env, input, timeoutMs, maxOutputBytes }, signal)
  if (ended.cut === null && ended.code !== null && (ended.code === 0 || answers.includes(ended.code)))
    return ok({ code: ended.code, stdout: Buffer.from(ended.stdout) })
  return fail(troubleOf(ended, what, timeoutMs))
}
