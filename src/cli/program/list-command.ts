import type { Command } from '@commander-js/extra-typings'
import { closest } from '../../manifest/suggest.ts'
import { exitCodes } from '../context/context.ts'

/** `ls`, which a group such as `images` does when no command is named; so it is the one that sees a mistyped command. */
export function listCommand(group: Command): Command {
  return group
    .command('ls', { isDefault: true })
    .allowExcessArguments(true)
    .hook('preAction', (_, { args }) => {
      const [word] = args
      if (word === undefined) return
      const near = closest(
        word,
        group.commands.map(command => command.name()),
      )
      const hint = near === null ? '' : `; did you mean \`${near}\`?`
      const message = `error: '${word}' is no command of \`reconcile ${group.name()}\`${hint}`
      group.error(message, { exitCode: exitCodes.usage })
    })
}
