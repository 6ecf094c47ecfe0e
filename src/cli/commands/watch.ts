import { markWatched } from '../../dataroot/watcher-traces.ts'
import { identifyProcess, registerWatcher } from '../../dataroot/watchers.ts'
import { jsonLine } from '../../status/json-text.ts'
import { watchingLine } from '../../status/lines.ts'
import { passLoop } from '../../watch/loop.ts'
import { type Context, giveUp, interruptedCode, type Refused, refused } from '../context.ts'
import { connectWorld } from '../world-triggers.ts'
import { openLog } from '../log.ts'
import { objectNames } from '../object-names.ts'
import { sayProblems } from '../say-problems.ts'
import { type Session, withSession } from '../session.ts'
import { StepPrinter } from '../step-printer.ts'
import { systemTimers } from '../system-timers.ts'
import { unwatchedSince } from '../unwatched.ts'
import { WatchedManifests } from '../watched-manifests.ts'
import { Watching } from '../watching.ts'

const sweepMs = 30_000

/** Converges now, then whenever something changes, until it is told to end; containers run on. */
export const watch = (context: Context, paths: readonly string[]): Promise<number> =>
  withSession(context, paths, async session => {
    const before = unwatchedSince(session)
    const refusal = register(session)
    if (refusal !== null) return giveUp(context, refusal)
    const watching = watchingOf(session, before)
    await passLoop(
      {
        pass: watching.pass,
        onOutcome: outcome => watching.onOutcome(outcome),
        onError: error => watching.onError(error),
        connect: post => {
          const ended = new AbortController()
          const disconnect = connectWorld(session.world, post)
          const onError = (message: string) => session.say(`watching the manifests: ${message}`)
          for (const source of session.manifests.sources)
            source.watch(() => post({ kind: 'manifests' }), ended.signal, onError)
          return () => {
            disconnect()
            ended.abort()
          }
        },
        sweepMs,
        timers: systemTimers,
      },
      context.signal,
    )
    return interruptedCode(context.signal)
  })

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

function watchingOf(session: Session, before: ReturnType<typeof unwatchedSince>): Watching {
  const { context, manifests, show } = session
  const isJson = context.options.output === 'json'
  const watched = new WatchedManifests(manifests, session.reading, reading => {
    if (isJson) context.screen.out(jsonLine({ problems: reading.desired.problems }))
    else sayProblems(context, reading, 'was', show())
  })
  const printer = new StepPrinter({
    print: line => context.screen.out(line),
    show,
    names: () => objectNames(watched.reading.desired),
    output: isJson ? 'json-lines' : 'text',
    tellsStops: true,
  })
  session.world.pulls.onNews(news => printer.pull(news))
  return new Watching({
    session,
    watched,
    printer,
    before,
    log: openLog({ level: context.options.logLevel, format: isJson ? 'json' : 'text' }),
    onFirst: () => {
      const { files, desired } = watched.reading
      const sources = manifests.sources.map(({ describe }) => describe)
      const containers = desired.containers.length
      context.screen.out(
        isJson ? jsonLine({ watching: sources, files, containers }) : watchingLine(sources, files, containers),
      )
    },
    onPassed: () => {
      for (const { name } of manifests.sources) markWatched(context.paths, name, Date.now())
    },
  })
}
