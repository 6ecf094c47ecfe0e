import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '@commander-js/extra-typings'
import { CommanderError, Command as CommanderCommand, InvalidArgumentError, Option } from 'commander'
import { closest } from '../../manifest/suggest.ts'
import { packageRoot } from '../../package-root.ts'
import type { Context } from '../context/context.ts'
import { exitCodes } from '../context/context.ts'
import { parseDurationMs, parseSinceMs } from './durations.ts'
import { defaultManifests, logLevels } from '../context/options.ts'
import { describeAttachCommand } from './attach-command.ts'
import { describeExecCommand, guardCommand } from './exec-command.ts'
import { describeHostCommands } from './host-commands.ts'
import { describeImageCommands } from './image-commands.ts'
import { contextOf, givenTo, manifestPaths, refuseStrayOptions } from './root-options.ts'
import type { Screen } from '../context/screen.ts'

/** Parses the command line and runs what it names; usage errors are 64, whatever the command. */
export async function runProgram(
  argv: readonly string[],
  screen: Screen,
  listenToSignals: () => AbortSignal,
): Promise<number> {
  let code: number = exitCodes.done
  const program = describeProgram(argv, screen, listenToSignals, result => {
    code = result
  })
  try {
    await program.parseAsync([...guardCommand(program, argv)], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const text = unexpectedText(error, givenTo(program).logLevel === 'debug')
    if (givenTo(program).output === 'json') screen.out(JSON.stringify({ error: text }))
    screen.err(text)
    return exitCodes.failed
  }
}

type Run = (context: Context) => Promise<number>

function describeProgram(
  argv: readonly string[],
  screen: Screen,
  listenToSignals: () => AbortSignal,
  end: (code: number) => void,
): Command {
  const program = new CommanderCommand('reconcile') as unknown as Command
  program
    .description('Makes this host be what its YAML manifests say.')
    .usage('[DIR | --once [DIR|FILE...] | COMMAND] [options]')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: text => screen.out(text),
      writeErr: text => screen.err(text),
      outputError: (text, write) => {
        if (asksForJson(argv)) screen.out(JSON.stringify({ error: usageText(text) }))
        write(`reconcile: ${usageText(text)}\nTry \`reconcile --help\`.\n`)
      },
    })
    .helpCommand('help [command]', 'the same as --help')
    .addHelpText('afterAll', exitCodesText)
  addGlobalOptions(program)
  const act = async (run: Run) => {
    end(await run(await contextOf(program, screen, listenToSignals())))
  }
  // What a signal asks of a program that becomes another one would be forgotten then: it ends by the signal until that one listens.
  const actUnheard = async (run: Run) => {
    end(await run(await contextOf(program, screen, new AbortController().signal)))
  }
  describeRoot(program, act)
  describeSourceCommands(program, act)
  describeNameCommands(program, act)
  describeExecCommand(program, actUnheard)
  describeAttachCommand(program, actUnheard)
  describeHoldCommands(program, act)
  describeHostCommands(program, act)
  describeImageCommands(program, act)
  for (const command of program.commands.flatMap(one => [one, ...one.commands])) {
    command.addHelpText('after', globalOptionsText)
  }
  return program
}

function addGlobalOptions(program: Command): void {
  program
    .option('--root <dir>', 'the state directory, in the layout of a Docker data-root', '/var/lib/reconcile')
    .option('--run <dir>', 'the run directory', '/run/reconcile')
    .option('--source <name>', 'own the manifests under this name instead of their real path')
    .addOption(new Option('--output <format>', 'how to answer').choices(['text', 'json', 'github']).default('text'))
    .addOption(new Option('--log-level <level>', 'what a watcher logs').choices([...logLevels]).default('warn'))
    .option('--no-color', 'no colours, also on a terminal')
    .option('--show-values', 'print the values of env')
    .option('--allow-empty', 'let an empty or vanished source remove what it declared')
    .option('--no-default-network', 'leave containers without `networks` alone with their loopback')
    .option('--insecure <host>', 'a registry (host, host:port, CIDR) without verified TLS; may be repeated', added)
    .option('--mirror <url>', 'ask here before Docker Hub; may be repeated', added)
    .option('--git <url>', 'take manifests from a Git repository: https, ssh, or an absolute path')
    .option('--ref <name>', "its branch, tag or commit (default: the repository's own)")
    .option('--path <dir>', 'the directory of it that has the manifests (default: its top)')
    .option('--interval <duration>', 'how often a watcher looks for new commits (default 1m)', duration)
}

function describeRoot(program: Command, act: (run: Run) => Promise<void>): void {
  program
    .argument('[paths...]', 'a directory to watch; with --once directories or files')
    .option('--once', 'make passes until everything is ready, then end')
    .option('--timeout <duration>', 'how long --once tries (default 5m)', duration)
    .option('--detailed-exitcode', 'with --once: 2 when something was changed')
    .hook('preAction', (_, acting) => refuseStrayOptions(program, acting))
    .action(async (paths: string[]) => {
      const { once, timeout, detailedExitcode } = givenTo(program)
      if (once) {
        const options = { timeoutMs: timeout ?? 300_000, detailedExitcode: detailedExitcode === true }
        await act(async context =>
          (await import('../commands/once.ts')).once(context, manifestPaths(context, paths), options),
        )
      } else if (timeout !== undefined || detailedExitcode) {
        program.error('error: --timeout and --detailed-exitcode belong to --once', { exitCode: exitCodes.usage })
      } else if (paths.length > 0 || givenTo(program).git !== undefined) {
        refuseMistypedCommand(program, paths)
        await act(async context => (await import('../commands/watch.ts')).watch(context, paths))
      } else {
        await act(async context => (await import('../commands/summary.ts')).summary(context))
      }
    })
}

function describeSourceCommands(program: Command, act: (run: Run) => Promise<void>): void {
  const command = (name: string, says: string) =>
    program
      .command(name)
      .description(says)
      .argument('[paths...]', `directories or files (default: ${defaultManifests})`)
  command('watch', 'converge now, then on every change of a manifest, the host or the clock').action(async paths =>
    act(async context => (await import('../commands/watch.ts')).watch(context, manifestPaths(context, paths))),
  )
  command('plan', 'what a pass would do, and why; changes nothing')
    .alias('diff')
    .action(async paths =>
      act(async context => (await import('../commands/plan.ts')).planCommand(context, manifestPaths(context, paths))),
    )
  command('drift', 'where the kernel differs from what was last applied').action(async paths =>
    act(async context => (await import('../commands/drift.ts')).drift(context, manifestPaths(context, paths))),
  )
  command('validate', 'errors of manifests with file:line:column; needs no root').action(async paths =>
    act(async context => (await import('../commands/validate.ts')).validate(context, manifestPaths(context, paths))),
  )
  command('down', 'remove what these manifests declared; named volumes stay').action(async paths =>
    act(async context => (await import('../commands/down.ts')).down(context, manifestPaths(context, paths))),
  )
}

function describeNameCommands(program: Command, act: (run: Run) => Promise<void>): void {
  program
    .command('inspect')
    .description(
      'all facts of one container or volume; PATH picks one, such as kernel.memory.file; `fields` is a table',
    )
    .argument('<name>')
    .argument('[path]')
    .action(async (name, path) =>
      act(async context => (await import('../commands/inspect.ts')).inspect(context, name, path ?? null)),
    )
  program
    .command('why')
    .description(
      'manifest line, value, step, result: the history of one container; NAME:PORT: the way of a packet to it',
    )
    .argument('<name>')
    .option('--from <who>', 'of NAME:PORT: from a container, `host`, `outside` or an address')
    .action(async (name, given) =>
      act(async context => (await import('../commands/why.ts')).why(context, name, given.from ?? null)),
    )
  program
    .command('logs')
    .description('what a container wrote')
    .argument('<name>')
    .option('-f, --follow', 'go on as it writes')
    .option('--tail <lines>', 'only the last lines', count)
    .option('--since <time>', 'a duration (10m), a date (2026-01-31T12:00:00Z) or seconds since 1970', since)
    .action(async (name, given) => {
      const options = { follow: given.follow === true, tail: given.tail ?? null, sinceMs: given.since ?? null }
      await act(async context => (await import('../commands/logs.ts')).logs(context, name, options))
    })
  program
    .command('restart')
    .description('stop and start a container, now; also a one-shot that has completed')
    .argument('<name>')
    .action(async name => {
      const timeoutMs = givenTo(program).timeout ?? 300_000
      await act(async context => (await import('../commands/restart.ts')).restart(context, name, { timeoutMs }))
    })
}

function describeHoldCommands(program: Command, act: (run: Run) => Promise<void>): void {
  program
    .command('hold')
    .description('leave a container alone for a while: seen and told, never changed')
    .argument('<name>')
    .option('--for <duration>', 'how long (default 1h, at most 30d)', duration)
    .option('--reason <text>', 'why, for `ps` and `why`')
    .action(async (name, given) => {
      const options = { forMs: given.for ?? 3_600_000, reason: given.reason ?? '' }
      await act(async context => (await import('../commands/hold.ts')).hold(context, name, options))
    })
  program
    .command('release')
    .description('end a hold')
    .argument('<name>')
    .action(async name => act(async context => (await import('../commands/hold.ts')).release(context, name)))
}

/** What no command expects: a broken file system, or a mistake of ours. */
function unexpectedText(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return `reconcile: ${String(error)}`
  return withStack ? `reconcile: ${error.stack}` : `reconcile: ${error.message} (\`--log-level debug\` tells where)`
}

/** `reconcile pln`: a word that is no path was most likely meant as a command. */
function refuseMistypedCommand(program: Command, paths: readonly string[]): void {
  const [word] = paths
  if (word === undefined || word.includes('/') || existsSync(word)) return
  const names = program.commands.flatMap(command => [command.name(), ...command.aliases()])
  const near = closest(word, names)
  const hint = near === null ? '' : `; did you mean \`reconcile ${near}\`?`
  program.error(`error: '${word}' is neither a command nor a directory${hint}`, { exitCode: exitCodes.usage })
}

/** commander's `error: …` without that word. */
const usageText = (text: string): string => text.trimEnd().replace(/^error: /, '')

/** A command line that can't be parsed may still say how to answer. */
const asksForJson = (argv: readonly string[]): boolean =>
  argv.some((word, i) => word === '--output=json' || (word === 'json' && argv[i - 1] === '--output'))

const globalOptionsText = `
Global options (\`reconcile --help\` tells more): --root, --run, --source, --output text|json, --log-level, --no-color,
  --show-values, --allow-empty, --no-default-network, --insecure HOST, --mirror URL; where manifests are read also --git, --ref, --path`

const exitCodesText = `
Exit codes: 0 done, ready, nothing pending · 1 a step, a container or a repository failed · 2 plan, drift: pending · 3 not ready within
  --timeout · 4 refused by a guard · 5 a manifest is invalid · 64 usage · 130, 143 interrupted`

const argument =
  <T>(parse: (text: string) => T | null, wanted: string) =>
  (text: string): T => {
    const value = parse(text)
    if (value === null) throw new InvalidArgumentError(wanted)
    return value
  }
const duration = argument(parseDurationMs, 'A duration such as 30s, 5m or 1m30s is needed.')
const since = argument(
  text => parseSinceMs(text, Date.now()),
  'A duration (10m), a date (2026-01-31T12:00:00Z) or seconds since 1970 are needed.',
)
const count = argument(text => (/^\d{1,9}$/.test(text) ? Number(text) : null), 'A number of lines is needed.')

const added = (text: string, before: string[] = []): string[] => [...before, text]

function version(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
