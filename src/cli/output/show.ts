import { ansi, plain } from '../../status/text/paint.ts'
import type { Show } from '../../status/text/show.ts'
import type { Context } from '../context/context.ts'
import { displayPath } from '../manifests/manifests.ts'
import { displayRepositoryFile, goodCommit } from '../manifests/repository-names.ts'

/** How this command shows things; without manifests paths are shown relative to the working directory. */
export const showOf = (context: Context, display?: (file: string) => string): Show => ({
  paint: context.screen.color ? ansi : plain,
  display: display ?? (file => displayRecorded(context, file)),
  nowMs: Date.now(),
  showValues: context.options.showValues,
})

/** A repository's file is shown at the commit that was last good. */
const displayRecorded = ({ paths, workingDir }: Context, file: string): string =>
  file.startsWith('/') ? displayPath(file, workingDir) : displayRepositoryFile(file, goodCommit(paths, file))
