import { declaredNetworks } from '../../model/default-networks.ts'
import type { DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import { clean } from './clean.ts'
import { counted } from './words.ts'

/** Said once the first pass of a watcher has ended. `sources` as typed. */
export const watchedText = (sources: readonly string[], files: number, containers: number): string =>
  `watching ${sources.map(clean).join(' ')} (${counted(files, 'file')}), ${counted(containers, 'container')}`

export const watchingLine = (sources: readonly string[], files: number, containers: number): string =>
  `${watchedText(sources, files, containers)}; Ctrl-C leaves containers running`

export const needsRootLine = (uid: number): string =>
  `reconcile needs root to change this host (uid ${uid}). \`plan\` and \`validate\` work without.`

/** What `--once` says when a manifest asks for restarts, which need somebody who stays; null when none does. */
export function needsWatcherLine(desired: DesiredState): string | null {
  const names = desired.containers
    .filter(container => container.declaresRestart && container.restart.policy !== 'no')
    .map(container => clean(fullName(container.name)))
  return names.length === 0
    ? null
    : `${whoAsks(names)} for restarts: they need a watcher (\`reconcile DIR\`), or the next \`--once\``
}

const whoAsks = (names: readonly string[]): string =>
  names.length > 3 ? `${names.length} containers ask` : `${names.join(', ')} ${names.length === 1 ? 'asks' : 'ask'}`

/** The same of health checks: probes are made by whoever watches, and by nobody else. */
export const probesNeedWatcherLine = (names: readonly string[]): string | null =>
  names.length === 0
    ? null
    : `${whoAsks(names.map(clean))} for probes: from now on a watcher (\`reconcile DIR\`) makes them`

/** Said by a watcher when a file with errors has none any more: it was mended, or it is gone. */
export const mendedLine = (file: string): string => `${clean(file)}: no errors any more`

/** Said by a watcher when a directory of manifests that was missing is there again. */
export const backLine = (directory: string): string => `${clean(directory)}: the directory is back`

/** What `validate` says when there is nothing to say. */
export const validLine = (files: number, desired: Pick<DesiredState, 'containers' | 'volumes' | 'networks'>): string =>
  `${counted(files, 'file')}, no errors: ${counted(desired.containers.length, 'container')}, ` +
  counted(desired.volumes.length, 'volume') +
  (declaredNetworks(desired).length === 0 ? '' : `, ${counted(declaredNetworks(desired).length, 'network')}`)
