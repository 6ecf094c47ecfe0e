import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packageRoot } from '../../package-root.ts'
import { onceUnit, unitMark, type UnitParts, watcherUnit } from '../../status/host/units.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp } from '../context/context.ts'

/** `to`: a directory of systemd's units. `isPrinted`: nothing is written. */
export type InstallOptions = { readonly to: string; readonly isPrinted: boolean }

type Unit = { readonly name: string; readonly text: string }

/** Writes the units that keep this host as the manifests of `directory` say; what they start is this very program. */
export async function installUnit(context: Context, directory: string, options: InstallOptions): Promise<number> {
  const parts = partsOf(context, resolve(directory))
  const units: readonly Unit[] = [
    { name: 'reconcile.service', text: watcherUnit(parts) },
    { name: 'reconcile-once.service', text: onceUnit(parts) },
  ]
  if (options.isPrinted) {
    answer(context, { json: () => ({ units }), text: () => units.map(printed).join('\n').trimEnd() })
    return exitCodes.done
  }
  const places = units.map(unit => ({ ...unit, path: join(options.to, unit.name) }))
  const foreign = places.find(({ path }) => existsSync(path) && !readFileSync(path, 'utf8').startsWith(unitMark))
  if (foreign !== undefined) {
    const message = `${foreign.path} was not written by \`reconcile install-unit\`: move it away, or print the units with --print`
    return giveUp(context, { exit: exitCodes.refused, message })
  }
  try {
    mkdirSync(options.to, { recursive: true })
    for (const { path, text } of places) writeFileSync(path, text)
  } catch (error) {
    return giveUp(context, {
      exit: exitCodes.failed,
      message: `the units are not written: ${(error as Error).message}`,
    })
  }
  const paths = places.map(({ path }) => path)
  const written = paths.map(path => `written  ${path}`)
  answer(context, { json: () => ({ written: paths }), text: () => [...written, nextText].join('\n') })
  return exitCodes.done
}

const nextText = `next: systemctl daemon-reload && systemctl enable --now reconcile.service
  it watches; stopping or restarting it leaves the containers running
  without it: systemctl start reconcile-once.service converges once`

const printed = ({ name, text }: Unit): string => `# ${name}\n${text}`

function partsOf({ options, paths }: Context, directory: string): UnitParts {
  const repeated = (flag: string, values: readonly string[]) => values.flatMap(value => [flag, value])
  return {
    program: join(packageRoot, 'bin/reconcile'),
    arguments: [
      '--root',
      paths.root,
      '--run',
      paths.run,
      ...repeated('--source', options.source === null ? [] : [options.source]),
      ...(options.defaultNetwork ? [] : ['--no-default-network']),
      ...repeated('--insecure', options.insecure),
      ...repeated('--mirror', options.mirrors),
      directory,
    ],
    needs: [paths.root, directory],
  }
}
