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
  images
    .command('push')
    .description('bring images to the registries of their names')
    .argument('<references...>')
    .action(async references =>
      act(async context => (await import('./commands/images/push.ts')).push(context, references)),
    )
  describeArchiveCommands(images, act)
  describeStoreCommands(program, act)
  describeNameCommands(images, act)
}

function describeArchiveCommands(images: Command, act: Act): void {
  images
    .command('load')
    .description('bring images here from an archive: of `docker save` or an OCI layout')
    .argument('[path]', 'a tar file or a directory (default: the standard input)')
    .option('--repository <name>', 'for images of a layout that have only a tag')
    .action(async (path, { repository }) =>
      act(async context => (await import('./commands/images/load.ts')).load(context, path ?? null, repository ?? null)),
    )
  images
    .command('save')
    .description('write images into one archive, for `docker load` and as an OCI layout')
    .argument('<names...>')
    .option('--to <path>', 'where to (default: the standard output)')
    .option('--directory', 'a directory instead of a tar file')
    .action(async (names, { to, directory }) =>
      act(async context =>
        (await import('./commands/images/save.ts')).save(context, names, {
          output: to ?? null,
          isDirectory: directory === true,
        }),
      ),
    )
}

function describeNameCommands(images: Command, act: Act): void {
  images
    .command('inspect')
    .description('all facts of one image')
    .argument('<name>')
    .action(async name => act(async context => (await import('./commands/images/show.ts')).inspect(context, name)))
  images
    .command('history')
    .description('the steps that made an image')
    .argument('<name>')
    .action(async name => act(async context => (await import('./commands/images/show.ts')).history(context, name)))
  images
    .command('tag')
    .description('give an image one more name')
    .argument('<image>')
    .argument('<name>')
    .action(async (image, name) =>
      act(async context => (await import('./commands/images/tag.ts')).tag(context, image, name)),
    )
  images
    .command('rm')
    .description('take names away, and images that have none left')
    .argument('<names...>')
    .action(async names => act(async context => (await import('./commands/images/rm.ts')).remove(context, names)))
  images
    .command('gc')
    .description('show what no tag and no container needs')
    .option('--remove', 'and remove it')
    .action(async ({ remove }) =>
      act(async context => (await import('./commands/images/gc.ts')).gc(context, remove === true)),
    )
}

function describeStoreCommands(program: Command, act: Act): void {
  program
    .command('fsck')
    .description('what nothing owns and what is damaged in the image stores')
    .option('--repair', 'remove what nothing owns')
    .action(async ({ repair }) =>
      act(async context => (await import('./commands/fsck.ts')).fsck(context, repair === true)),
    )
  program
    .command('handover')
    .description('what a stock dockerd would do with this data-root')
    .requiredOption('--check', 'look; change nothing')
    .action(async () => act(async context => (await import('./commands/handover.ts')).checkHandoverCommand(context)))
}
