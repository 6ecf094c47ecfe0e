import type { Command } from '@commander-js/extra-typings'
import type { Context } from '../context/context.ts'
import { defaultManifests } from '../context/options.ts'
import { listCommand } from './list-command.ts'
import { networkCommands } from './network-commands.ts'

type Act = (run: (context: Context) => Promise<number>) => Promise<void>

/** What is asked of this host and its data-root as a whole. */
export function describeHostCommands(program: Command, act: Act): void {
  program
    .command('ps')
    .description('the containers of this data-root and how they are')
    .action(async () => act(async context => (await import('../commands/ps.ts')).ps(context)))
  program
    .command('stats')
    .description('what containers use: CPU, memory, processes, block I/O; without names those that run')
    .argument('[names...]')
    .option('--no-stream', 'once instead of every second')
    .action(async (names, { stream }) =>
      act(async context => (await import('../commands/stats.ts')).stats(context, names, { stream })),
    )
  const volumes = program.command('volumes').description('list and remove volumes')
  listCommand(volumes)
    .description('list the volumes of this data-root')
    .action(async () => act(async context => (await import('../commands/volumes.ts')).listVolumes(context)))
  volumes
    .command('rm')
    .description('remove volumes and their data')
    .argument('<names...>')
    .action(async names => act(async context => (await import('../commands/volumes.ts')).removeVolumes(context, names)))
  networkCommands(program, act)
  program
    .command('install-unit')
    .description('write units for systemd: a watcher that starts with this host, and one convergence')
    .argument('[directory]', 'what the watcher watches', defaultManifests)
    .option('--to <dir>', "systemd's directory for them", '/etc/systemd/system')
    .option('--print', 'print them instead')
    .action(async (directory, { to, print }) =>
      act(async context =>
        (await import('../commands/install-unit.ts')).installUnit(context, directory, {
          to,
          isPrinted: print === true,
        }),
      ),
    )
  program
    .command('doctor')
    .description('what this kernel, these privileges and other engines allow')
    .action(async () => act(async context => (await import('../commands/doctor.ts')).doctor(context)))
}
