import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { directoryWriter, tarWriter } from '../../../image/archive/archive-writer.ts'
import type { ArchiveWriter } from '../../../image/archive/archive-writer.ts'
import type { ImageDeps } from '../../../image/deps.ts'
import { saveArchive } from '../../../image/save.ts'
import { fail, ok } from '../../../model/errors.ts'
import type { Result } from '../../../model/errors.ts'
import { clean } from '../../../status/text/clean.ts'
import { jsonText } from '../../../status/text/json-text.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../../context/context.ts'
import { withImages } from '../../world/image-world.ts'
import { layerScreen } from '../../output/layer-board.ts'

type Target = { readonly output: string | null; readonly isDirectory: boolean }

/** Saves images into a tar file, a directory (an OCI layout) or the standard output; whole, or not at all. */
export async function save(context: Context, names: readonly string[], target: Target): Promise<number> {
  const { output, isDirectory } = target
  if (output === null && (isDirectory || context.screen.isTerminal)) {
    const message = isDirectory ? 'name the directory with --to' : 'name a file with --to, or redirect the output'
    return giveUp(context, { exit: exitCodes.usage, message })
  }
  return await withImages(context, async deps => {
    const path = output === null ? null : resolve(context.workingDir, output)
    const saved =
      path === null
        ? await run(context, deps, names, tarWriter(process.stdout))
        : isDirectory
          ? await intoDirectory(context, deps, names, path)
          : await intoFile(context, deps, names, path)
    if (saved.ok) {
      if (output !== null) tellSaved(context, names, output)
      return exitCodes.done
    }
    context.screen.err(saved.error.message)
    return context.signal.aborted ? interruptedCode(context.signal) : exitCodes.failed
  })
}

/** Nothing where the archive itself goes to the standard output. */
function tellSaved({ screen, options }: Context, names: readonly string[], path: string): void {
  const saved = [...new Set(names)]
  if (options.output === 'json') screen.out(jsonText({ saved, path }))
  else screen.out(`+ archive ${clean(path)}  holds ${saved.map(clean).join(', ')}`)
}

async function run(context: Context, deps: ImageDeps, names: readonly string[], writer: ArchiveWriter) {
  const layers = layerScreen(context, names.join(' '))
  const saved = await saveArchive(deps, names, writer, layers.progress, context.signal)
  layers.end()
  return saved
}

async function intoFile(
  context: Context,
  deps: ImageDeps,
  names: readonly string[],
  path: string,
): Promise<Result<void>> {
  const temporary = join(dirname(path), `.tmp-${basename(path)}-${process.pid}`)
  const out = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true })
  const saved = await run(context, deps, names, tarWriter(out))
  out.end()
  const closed = await finished(out).then(
    () => null,
    (error: Error) => error.message,
  )
  if (saved.ok && closed === null) {
    renameSync(temporary, path)
    return saved
  }
  rmSync(temporary, { force: true })
  if (saved.ok) return fail({ code: 'E_IO', message: `write ${path}: ${closed}` })
  return fail({ ...saved.error, message: saved.error.message.replaceAll(temporary, path) })
}

async function intoDirectory(
  context: Context,
  deps: ImageDeps,
  names: readonly string[],
  path: string,
): Promise<Result<void>> {
  if (existsSync(path) && readdirSync(path).length > 0) {
    return fail({ code: 'E_IO', message: `${path} is not empty; nothing was written` })
  }
  const temporary = join(dirname(path), `.tmp-${basename(path)}-${process.pid}`)
  mkdirSync(temporary, { mode: 0o755 })
  const saved = await run(context, deps, names, directoryWriter(temporary))
  if (!saved.ok) {
    rmSync(temporary, { recursive: true, force: true })
    return saved
  }
  if (existsSync(path)) rmSync(path, { recursive: true })
  renameSync(temporary, path)
  return ok(undefined)
}
