import { resolve } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { dataRootPaths } from '../../dataroot/layout/paths.ts'
import { type Context, exitCodes } from '../context/context.ts'
import { defaultManifests, type GitOptions, type GlobalOptions, type LogLevel } from '../context/options.ts'
import type { Screen } from '../context/screen.ts'

/** The options of the command line as commander gives them. */
export type RootOptions = {
  root: string
  run: string
  source?: string
  output: string
  logLevel: string
  color: boolean
  showValues?: true
  allowEmpty?: true
  defaultNetwork: boolean
  insecure?: string[]
  mirror?: string[]
  git?: string
  ref?: string
  path?: string
  interval?: number
  once?: true
  timeout?: number
  detailedExitcode?: true
}

/** What every command gets, from the options of the command line. */
export async function contextOf(program: Command, screen: Screen, signal: AbortSignal): Promise<Context> {
  const given = givenTo(program)
  const options: GlobalOptions = {
    root: given.root,
    run: given.run,
    source: given.source ?? null,
    output: given.output === 'json' ? 'json' : 'text',
    annotates: given.output === 'github',
    logLevel: given.logLevel as LogLevel,
    color: given.color,
    showValues: given.showValues === true,
    allowEmpty: given.allowEmpty === true,
    defaultNetwork: given.defaultNetwork,
    insecure: given.insecure ?? [],
    mirrors: given.mirror ?? [],
    git: await gitOf(program, given),
  }
  screen.useColor(options.color && options.output === 'text')
  const paths = dataRootPaths(resolve(options.root), resolve(options.run))
  return { options, screen, signal, paths, workingDir: workingDir() }
}

/** What reads a repository is loaded only for one. */
async function gitOf(program: Command, given: RootOptions): Promise<GitOptions | null> {
  if (given.git === undefined) return null
  const options = (await import('./git-options.ts')).gitOptions({ ...given, insecure: given.insecure ?? [] })
  return options.ok ? options.value : refuse(program, options.error)
}

/** Many commands need none, so one that was removed is no reason to give up. */
function workingDir(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

export const givenTo = (program: Command): RootOptions => program.opts() as unknown as RootOptions

export const manifestPaths = ({ options }: Context, paths: readonly string[]): readonly string[] =>
  paths.length === 0 && options.git === null ? [defaultManifests] : paths

type Acting = { readonly name: () => string }

/** Options that don't belong to the command that they stand with. */
export function refuseStrayOptions(program: Command, acting: Acting): void {
  const name = acting.name()
  const isRoot = name === program.name()
  const { once, git, ref, path, interval, output } = givenTo(program)
  if (!isRoot) refuseOnceOptions(program, name)
  if (git === undefined && (ref ?? path ?? interval) !== undefined)
    refuse(program, '--ref, --path and --interval belong to --git')
  if (git !== undefined && !isRoot && !readers.has(name)) refuse(program, `'${name}' takes no --git`)
  if (interval !== undefined && (once || (!isRoot && name !== 'watch')))
    refuse(program, '--interval belongs to a watcher')
  if (output === 'github' && !(isRoot ? once : annotating.has(name)))
    refuse(program, '--output github belongs to plan, validate and --once')
}

const readers: ReadonlySet<string> = new Set(['watch', 'plan', 'drift', 'validate', 'down'])
const annotating: ReadonlySet<string> = new Set(['plan', 'validate'])

const refuse = (program: Command, message: string): never =>
  program.error(`error: ${message}`, { exitCode: exitCodes.usage })

function refuseOnceOptions(program: Command, name: string): void {
  const { once, timeout, detailedExitcode } = givenTo(program)
  if (once) refuse(program, `--once and the command '${name}' exclude each other`)
  if (detailedExitcode || (timeout !== undefined && name !== 'restart'))
    refuse(program, `'${name}' takes no --timeout or --detailed-exitcode`)
}
