import { markWatched } from '../../dataroot/sources/watcher-traces.ts'
import { identifyProcess } from '../../dataroot/records/process-identity.ts'
import { registerWatcher } from '../../dataroot/sources/watchers.ts'
import { jsonLine } from '../../status/text/json-text.ts'
import { watchedText, watchingLine } from '../../status/text/lines.ts'
import { passLoop } from '../../watch/loop.ts'
import type { Trigger } from '../../watch/trigger.ts'
import { type Context, giveUp, interruptedCode, type Refused, refused } from '../context/context.ts'
import { EnvFileWatches } from '../loops/env-file-watches.ts'
import { openLog } from '../output/log.ts'
import { layerBoard } from '../output/layer-board.ts'
import { objectNames } from '../output/object-names.ts'
import { pullPrinter } from '../output/pull-printer.ts'
import { sayReading } from '../loops/say-reading.ts'
import { ServiceManager } from '../loops/service-manager.ts'
import { type Session, withSession } from '../loops/session.ts'
import { StepPrinter, type StepPrinterParts } from '../output/step-printer.ts'
import { systemTimers } from '../context/system-timers.ts'
import { unwatchedSince } from '../loops/unwatched.ts'
import { WatchedManifests } from '../loops/watched-manifests.ts'
import { onWake } from '../loops/wake-watcher.ts'
import { Watching } from '../loops/watching.ts'
import { connectWorld } from '../world/world-triggers.ts'

const sweepMs = 30_000

/** Converges now, then whenever something changes, until it is told to end; containers run on. */
export const watch = (context: Context, paths: readonly string[]): Promise<number> =>
  withSession(context, paths, 'watch', async session => {
    const before = unwatchedSince(session)
    const refusal = register(session)
    if (refusal !== null) return giveUp(context, refusal)
    const watched = new WatchedManifests(session.manifests, session.reading, (reading, old) =>
      sayReading(session, reading, old),
    )
    const manager = new ServiceManager(session.world.core)
    const watching = watchingOf(session, watched, before, manager)
    try {
      await passLoop(
        {
          pass: watching.pass,
          onOutcome: (outcome, woken) => watching.onOutcome(outcome, woken),
          onError: error => watching.onError(error),
          connect: post => connect(session, watched, post),
          sweepMs,
          timers: systemTimers,
        },
        context.signal,
      )
    } finally {
      manager.stopping()
      markAll(session)
    }
    return interruptedCode(context.signal)
  })

/** Everything that wakes the loop: the core, the manifests, and the env files that they name. */
function connect(session: Session, watched: WatchedManifests, post: (trigger: Trigger) => void): () => void {
  const ended = new AbortController()
  const disconnect = connectWorld(session.world, post)
  const sleep = onWake(() => post({ kind: 'signal' }))
  const onHint = () => post({ kind: 'manifests' })
  const onError = (message: string) => session.say(`watching the manifests: ${message}`)
  const options = { onError, isBeingWritten: session.world.core.isBeingWritten }
  for (const source of session.manifests.sources) source.watch(onHint, ended.signal, options)
  const envFiles = new EnvFileWatches(onHint, options, ended.signal)
  watched.onRead(reading => envFiles.add(reading.envFiles))
  return () => {
    disconnect()
    sleep()
    ended.abort()
  }
}

/** One watcher a source. The registration outlives the watcher: it tells since when nobody watches. */
function register({ context, manifests }: Session): Refused | null {
  const self = identifyProcess(process.pid)
  if (self === null) return refused('cannot read /proc/self: no watcher without it')
  for (const name of new Set(manifests.sources.map(source => source.name))) {
    const registered = registerWatcher(context.paths, name, self, Date.now())
    if (!registered.ok) return refused(`${registered.error.message}; a source has one watcher`)
  }
  return null
}

/** Each pass is a sign of life, and so is the end. */
function markAll({ context, manifests }: Session): void {
  for (const { name } of manifests.sources) markWatched(context.paths, name, Date.now())
}

function watchingOf(
  session: Session,
  watched: WatchedManifests,
  before: ReturnType<typeof unwatchedSince>,
  manager: ServiceManager,
): Watching {
  const { context, manifests, show } = session
  const isJson = context.options.output === 'json'
  const parts: StepPrinterParts = {
    print: line => context.screen.out(line),
    show,
    names: () => objectNames(watched.reading.desired),
    output: isJson ? 'json-lines' : 'text',
    tellsStops: true,
  }
  const printer = new StepPrinter(parts)
  session.world.pulls.onNews(pullPrinter({ ...parts, board: layerBoard(context) }))
  return new Watching({
    session,
    watched,
    printer,
    before,
    log: openLog({
      level: context.options.logLevel,
      format: isJson ? 'json' : 'text',
      write: line => context.screen.err(line),
    }),
    onFirst: () => {
      const { files, desired } = watched.reading
      const sources = manifests.sources.map(({ describe }) => describe)
      const containers = desired.containers.length
      context.screen.out(
        isJson ? jsonLine({ watching: sources, files, containers }) : watchingLine(sources, files, containers),
      )
      manager.ready(watchedText(sources, files, containers))
    },
    onPassed: () => markAll(session),
  })
}
