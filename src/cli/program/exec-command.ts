import type { Command } from '@commander-js/extra-typings'
import type { Context } from '../context/context.ts'
import type { ExecOptions } from '../commands/exec.ts'

type Run = (context: Context) => Promise<number>

export function describeExecCommand(program: Command, act: (run: Run) => Promise<void>): void {
  program
    .command('exec')
    .description('run a command in a container, as its first process runs; ends with its exit code')
    .usage('[options] <name> <command> [args...]')
    .argument('<name>')
    .argument('<command...>', 'what stands here and after is not read as options')
    .option('-i, --interactive', 'give it standard input')
    .option('-t, --tty', 'give it a terminal; Ctrl-P Ctrl-Q leaves it running')
    .option('-d, --detach', 'do not wait for its end')
    .option('-u, --user <user>', 'name|uid[:group|gid] instead of the user of the container')
    .option('-w, --workdir <dir>', 'where it starts, instead of the directory of the container')
    .option('-e, --env <entry>', 'KEY=value, or KEY for the value here; may be repeated', added)
    .action(async (name: string, command: string[], given: Given) => {
      const options: ExecOptions = {
        interactive: given.interactive === true,
        tty: given.tty === true,
        detach: given.detach === true,
        user: given.user ?? null,
        workdir: given.workdir ?? null,
        env: given.env ?? [],
      }
      await act(async context => (await import('../commands/exec.ts')).exec(context, name, command, options))
    })
}

type Options = Command['options']

type Given = {
  interactive?: true
  tty?: true
  detach?: true
  user?: string
  workdir?: string
  env?: string[]
}

const added = (text: string, before: string[] = []): string[] => [...before, text]

/** `exec web ls --all` → `exec web -- ls --all`: global options may follow any command, but not the name that one runs in. */
export function guardCommand(program: Command, argv: readonly string[]): readonly string[] {
  const exec = program.commands.find(command => command.name() === 'exec')
  const at = nextWord(program.options, argv, 0)
  if (exec === undefined || argv[at] !== 'exec') return argv
  const name = nextWord([...program.options, ...exec.options], argv, at + 1)
  return argv[name] === undefined || argv[name] === '--' || argv[name + 1] === '--'
    ? argv
    : [...argv.slice(0, name + 1), '--', ...argv.slice(name + 1)]
}

/** Where the first word stands that is neither an option nor an option's value. */
function nextWord(options: Options, argv: readonly string[], from: number): number {
  for (let at = from; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '-' || word === '--') return at
    if (takesNext(options, word)) at++
  }
  return argv.length
}

/** `--user`, `-u` and `-itu` do; `--user=x` and `-ux` have it already. */
function takesNext(options: Options, word: string): boolean {
  const valued = options.filter(option => option.required)
  if (word.startsWith('--')) return valued.some(option => option.long === word)
  const isValued = (letter: string | undefined) => valued.some(option => option.short === `-${letter}`)
  return isValued(word.at(-1)) && !word.slice(1, -1).split('').some(isValued)
}
