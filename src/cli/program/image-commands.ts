import type { Command } from '@commander-js/extra-typings'
import type { Context } from '../context/context.ts'
import { listCommand } from './list-command.ts'

type Act = (run: (context: Context) => Promise<number>) => Promise<void>

const reference = 'such as nginx:1.27, host:5000/team/site:1.4 or site@sha256:…'
const name = 'a name, an id, or at least 4 digits of the beginning of an id'

/** `images …`, `fsck` and `handover`. */
export function describeImageCommands(program: Command, act: Act): void {
  const images = program.command('images').description('list, bring, send, name and remove images')
  listCommand(images)
    .description('list the images that are here')
    .action(async () => act(async context => (await import('../commands/images/ls.ts')).listImages(context)))
  images
    .command('pull')
    .description('bring images here from their registries; an interrupted pull goes on where it stopped')
    .argument('<references...>', reference)
    .option('--platform <os/arch>', 'of an image for several platforms this one (default: of this host)')
    .action(async (references, { platform }) =>
      act(async context => (await import('../commands/images/pull.ts')).pull(context, references, platform ?? null)),
    )
  images
    .command('push')
    .description('send images to the registries that their names say; `images tag` gives such a name')
    .argument('<references...>', reference)
    .action(async references =>
      act(async context => (await import('../commands/images/push.ts')).push(context, references)),
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
    .option('--repository <name>', 'the name for images of an OCI layout that have only a tag')
    .action(async (path, { repository }) =>
      act(async context =>
        (await import('../commands/images/load.ts')).load(context, path ?? null, repository ?? null),
      ),
    )
  images
    .command('save')
    .description('write images into one archive, for `docker load` and as an OCI layout')
    .argument('<names...>', name)
    .option('--to <path>', 'where to (default: the standard output)')
    .option('--directory', 'make --to a directory instead of a tar file')
    .action(async (names, { to, directory }) =>
      act(async context =>
        (await import('../commands/images/save.ts')).save(context, names, {
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
    .argument('<name>', name)
    .action(async name => act(async context => (await import('../commands/images/show.ts')).inspect(context, name)))
  images
    .command('history')
    .description('the steps that made an image, the newest first')
    .argument('<name>', name)
    .action(async name => act(async context => (await import('../commands/images/show.ts')).history(context, name)))
  images
    .command('tag')
    .description('give an image one more name; a name that another image has moves')
    .argument('<image>', name)
    .argument('<name>', `the new name: ${reference}`)
    .action(async (image, name) =>
      act(async context => (await import('../commands/images/tag.ts')).tag(context, image, name)),
    )
  images
    .command('rm')
    .description('take names away, and with its last name an image that no container uses')
    .argument('<names...>', name)
    .action(async names => act(async context => (await import('../commands/images/rm.ts')).remove(context, names)))
  images
    .command('gc')
    .description('show what no tag and no container needs, and what interrupted pulls have kept')
    .option('--remove', 'remove it')
    .action(async ({ remove }) =>
      act(async context => (await import('../commands/images/gc.ts')).gc(context, remove === true)),
    )
}

function describeStoreCommands(program: Command, act: Act): void {
  program
    .command('fsck')
    .description('what nothing owns and what is damaged in the image stores')
    .option('--repair', 'remove what nothing owns; damage is only told')
    .action(async ({ repair }) =>
      act(async context => (await import('../commands/fsck.ts')).fsck(context, repair === true)),
    )
  program
    .command('handover')
    .description('what a stock dockerd would do with this data-root')
    .requiredOption('--check', 'look; change nothing')
    .action(async () => act(async context => (await import('../commands/handover.ts')).checkHandoverCommand(context)))
}
