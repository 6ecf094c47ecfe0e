import type { Command } from '@commander-js/extra-typings'
import type { Context } from './context.ts'

type Act = (run: (context: Context) => Promise<number>) => Promise<void>

/** `images …`, `fsck` and `handover`. */
export function describeImageCommands(program: Command, act: Act): void {
  const images = program.command('images').description('the images of this data-root')
  images
    .command('ls', { isDefault: true })
    .description('list them')
    .action(async () => act(async context => (await import('./commands/images/ls.ts')).listImages(context)))
  images
    .command('pull')
    .description('bring images here from their registries')
    .argument('<references...>')
    .option('--platform <os/arch>', 'which image of several (default: this host)')
    .action(async (references, { platform }) =>
      act(async context => (await import('./commands/images/pull.ts')).pull(context, references, platform ?? null)),
    )
  images.command('inspect').description('all facts of one image').argument('<name>')
}
