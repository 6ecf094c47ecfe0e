import type { DesiredState } from '../../model/desired.ts'
import { fullName } from '../../model/identity.ts'
import type { ObservedContainer } from '../../model/observed.ts'
import { outcomeAnnotations } from '../../status/passes/annotations.ts'
import { exitCodeOfRun } from '../../status/exit-code.ts'
import { revisionsJson, runJson } from '../../status/json.ts'
import { needsWatcherLine, probesNeedWatcherLine } from '../../status/text/lines.ts'
import { outcomeLines } from '../../status/passes/outcome.ts'
import type { Run } from '../../status/passes/run.ts'
import { isOneShot, succeeded } from '../../supervise/completion.ts'
import { answer } from '../context/answer.ts'
import { type Context, exitCodes, giveUp, interruptedCode } from '../context/context.ts'
import { sayMissing } from '../manifests/missing-sources.ts'
import { nextLookMs } from '../loops/readiness-time.ts'
import { runOf } from '../loops/run-result.ts'
import { sayProblems } from '../manifests/say-problems.ts'
import { sayRevisions } from '../manifests/say-revisions.ts'
import { type Session, withSession } from '../loops/session.ts'
import { settledPasses } from '../loops/settled.ts'
import { StepPrinter, type StepPrinterParts } from '../output/step-printer.ts'
import { layerBoard } from '../output/layer-board.ts'
import { objectNames } from '../output/object-names.ts'
import { pullPrinter } from '../output/pull-printer.ts'

export type OnceOptions = { readonly timeoutMs: number; readonly detailedExitcode: boolean }

/** Passes until everything is ready, or the time is over. */
export const once = (context: Context, paths: readonly string[], options: OnceOptions): Promise<number> =>
  withSession(context, paths, 'once', session => converge(session, options))

async function converge(session: Session, options: OnceOptions): Promise<number> {
  const { context, world, history, manifests, show, say } = session
  sayRevisions(context, session.reading, null)
  sayProblems(context, session.reading, 'was', show())
  const parts = printerParts(session)
  const printer = new StepPrinter(parts)
  world.pulls.onNews(pullPrinter({ ...parts, board: layerBoard(context) }))
  let { reading } = session
  const settled = await settledPasses(
    {
      world,
      history,
      say,
      timeoutMs: options.timeoutMs,
      onStep: outcome => printer.step(outcome),
      onObserved: observed => printer.observed(observed),
      notYetMs: nextLookMs,
      desired: async absentSinceMs => {
        // a prune needs a second look at the manifests; nothing else does here
        if (Object.keys(absentSinceMs).length > 0) reading = await manifests.read()
        return { ...reading.desired, absentSinceMs }
      },
    },
    context.signal,
  )
  if (typeof settled.ended === 'object') return giveUp(context, settled.ended)
  if (settled.ended === 'interrupted') {
    const message = `interrupted after ${settled.steps.length} steps`
    return giveUp(context, { exit: interruptedCode(context.signal), message })
  }
  if (settled.last === null) return giveUp(context, { exit: exitCodes.notReady, message: 'no pass within --timeout' })
  return close(session, runOf(settled, settled.last), settled.ended === 'timeout', options)
}

const printerParts = ({ context, reading, show }: Session): StepPrinterParts => ({
  print: line => context.screen.out(line),
  show,
  names: () => objectNames(reading.desired),
  output: context.options.output === 'text' ? 'text' : 'none',
  tellsStops: true,
})

function close(session: Session, run: Run, isTimeout: boolean, options: OnceOptions): number {
  const { context, reading, show, say } = session
  if (context.options.annotates)
    context.screen.out(outcomeAnnotations(run.last.plan, run.last.steps, show()).join('\n'))
  answer(context, {
    text: () => outcomeLines(run, show()).join('\n'),
    json: () => ({ ...runJson(run), ...revisionsJson(reading.revisions) }),
  })
  const unwatched = [needsWatcherLine(restartablePart(run)), probesNeedWatcherLine(probedNames(run))]
  if (context.options.output === 'text') for (const line of unwatched.filter(one => one !== null)) say(line)
  const code = exitCodeOfRun(run, options.detailedExitcode)
  const timed = isTimeout && (code === exitCodes.done || code === exitCodes.pending) ? exitCodes.notReady : code
  return sayMissing(context, reading, timed)
}

const hasCompleted = ({ phase, declaration }: ObservedContainer): boolean =>
  phase.known && phase.value.phase === 'exited' && isOneShot(declaration.restart) && succeeded(phase.value.exit)

const probedNames = ({ last: { desired, observed } }: Run): string[] => {
  const declared = new Set(desired.containers.map(({ name }) => fullName(name)))
  return observed.containers
    .filter(({ watched, health }) => !watched && health !== undefined)
    .map(({ declaration }) => fullName(declaration.name))
    .filter(name => declared.has(name))
    .sort()
}

/** What a watcher would start again and none keeps; what has completed or is blocked, as after its last try, none would start. */
function restartablePart({ last: { desired, observed, plan } }: Run): DesiredState {
  const others = new Set([
    ...observed.containers
      .filter(one => one.watched || hasCompleted(one))
      .map(({ declaration }) => fullName(declaration.name)),
    ...plan.blocked.filter(({ subject }) => subject.kind === 'container').map(({ subject }) => subject.name),
  ])
  return { ...desired, containers: desired.containers.filter(({ name }) => !others.has(fullName(name))) }
}
