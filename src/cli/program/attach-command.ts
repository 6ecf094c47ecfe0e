import type { Command } from '@commander-js/extra-typings'
import type { AttachOptions } from '../commands/attach.ts'
import { type Context, exitCodes } from '../context/context.ts'

type Run = (context: Context) => Promise<number>

export function describeAttachCommand(program: Command, act: (run: Run) => Promise<void>): void {
  const attach = program.command('attach')
  attach
    .description('show what a container writes, and type into its terminal (tty: true); ends with its exit code')
    .argument('<name>')
    .option('--no-stdin', 'only show, type nothing')
    .option('--detach-keys <keys>', 'what leaves it running, as in ctrl-x,x (default: ctrl-p,ctrl-q)')
    .option('--sig-proxy <true|false>', 'signals go to a container without a terminal', 'true')
    .action(async (name, { stdin, detachKeys, sigProxy }) => {
      if (sigProxy !== 'true' && sigProxy !== 'false')
        attach.error(`error: --sig-proxy is true or false, not ${sigProxy}`, { exitCode: exitCodes.usage })
      const options: AttachOptions = { stdin, signals: sigProxy === 'true', detachKeys: detachKeys ?? null }
      await act(async context => (await import('../commands/attach.ts')).attach(context, name, options))
    })
}
