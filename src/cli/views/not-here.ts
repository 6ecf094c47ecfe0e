import { closest } from '../../manifest/suggest.ts'
import { fullName } from '../../model/identity.ts'
import type { PsEntry } from '../../status/objects/state-word.ts'
import { type Refused, exitCodes } from '../context/context.ts'

/** For a name of which nothing is on this host. */
export function notHere(name: string, entries: readonly PsEntry[]): Refused {
  const names = entries.map(({ container }) => fullName(container.declaration.name))
  const near = names.find(full => full.endsWith(`/${name}`)) ?? closest(name, names)
  const hint =
    near === null
      ? '`reconcile ps` lists what is, `reconcile plan` says what a declared one waits for'
      : `did you mean \`${near}\`?`
  return { exit: exitCodes.failed, message: `${name} is not on this host; ${hint}` }
}
