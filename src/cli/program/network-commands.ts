import type { Command } from '@commander-js/extra-typings'
import type { Context } from '../context/context.ts'
import { listCommand } from './list-command.ts'

type Act = (run: (context: Context) => Promise<number>) => Promise<void>

export function networkCommands(program: Command, act: Act): void {
  const networks = program.command('networks').description('list, show and remove networks')
  listCommand(networks)
    .description('list the networks of this data-root')
    .action(async () => act(async context => (await import('../commands/networks.ts')).listNetworks(context)))
  networks
    .command('inspect')
    .description('all facts of a network, as JSON')
    .argument('<name>')
    .action(async name => act(async context => (await import('../commands/networks.ts')).inspectNetwork(context, name)))
  networks
    .command('rm')
    .description('remove a network that nobody is on')
    .argument('<name>')
    .action(async name => act(async context => (await import('../commands/networks.ts')).removeNetwork(context, name)))
}
