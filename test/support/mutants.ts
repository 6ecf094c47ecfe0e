import type { ActionKind } from '../../src/model/action.ts'
import type {
  ContainerDeclaration,
  Dependency,
  DesiredSource,
  DesiredState,
  PullPolicy,
} from '../../src/model/desired.ts'
import type { HealthStatus } from '../../src/model/health.ts'
import { fullName } from '../../src/model/identity.ts'
import { differingLimits } from '../../src/model/limits.ts'
import type { ObservedContainer, ObservedState } from '../../src/model/observed.ts'
import type { Step } from '../../src/model/plan.ts'
import { plan } from '../../src/plan/plan.ts'
import { configOf, imageIds, imageOf } from './model-pulls.ts'
import type { Planner } from './model-passes.ts'
import { kernel } from './specs.ts'

/** Planners with one thing wrong each. A property that lets one of them through does not test that thing. */
export const mutants: Readonly<Record<string, Planner>> = {
  'does nothing': () => ({ steps: [], waiting: [], blocked: [], notices: [] }),
  'throws its steps away but keeps waiting': withSteps(() => []),
  'does not see what a crash left half made': seeing(one => (isIn(one, 'creating') ? [] : [one])),
  'does not see what a crash left half deleted': seeing(one => (isIn(one, 'deleting') ? [] : [one])),
  'takes half made containers for whole ones': seeing(one => [
    isIn(one, 'creating') ? inPhase(one, { phase: 'created' }) : one,
  ]),
  'starts while a start is under way': seeing(one => [
    isIn(one, 'starting') ? inPhase(one, { phase: 'created' }) : one,
  ]),
  'takes what it cannot read for absent': seeing(one => (one.phase.known ? [one] : [])),
  'takes what it cannot read for created': seeing(one => [one.phase.known ? one : inPhase(one, { phase: 'created' })]),
  'recreates before the old one has stopped': (desired, observed, mint) => {
    const digests = desired.containers.map(({ digest }) => digest)
    const asCreated = seeing(one => [
      isIn(one, 'running') && !digests.includes(one.declaration.digest) ? inPhase(one, { phase: 'created' }) : one,
    ])
    return asCreated(desired, observed, mint)
  },
  'takes running containers for created ones': seeing(one => [
    isIn(one, 'running') ? inPhase(one, { phase: 'created' }) : one,
  ]),
  'leaves duplicates': withSteps(steps => steps.filter(({ reason }) => reason.code !== 'duplicate')),
  'recreates what can change in place': seeing(one => [hasDrifted(one) ? ofAnotherSpec(one) : one]),
  'gives a new container new anonymous volumes': withActions(({ action }) =>
    action.kind === 'create-container'
      ? {
          ...action,
          anonymousVolumes: Object.fromEntries(
            Object.keys(action.anonymousVolumes).map((target, index) => [target, `e${index}`.padEnd(64, '0')]),
          ),
        }
      : action,
  ),
  'leaves anonymous volumes behind': withActions(({ action }) =>
    action.kind === 'delete-container' ? { ...action, deleteVolumes: [] } : action,
  ),
  'deletes anonymous volumes that another container has': (desired, observed, mint) =>
    withActions(({ action }) => {
      const old = 'id' in action ? observed.containers.find(({ id }) => id === action.id) : undefined
      return action.kind === 'delete-container' && old
        ? { ...action, deleteVolumes: Object.values(old.anonymousVolumes) }
        : action
    })(desired, observed, mint),
  'makes no volume that only a mount names': withSteps(steps =>
    steps.filter(({ action, reason }) => !(action.kind === 'create-volume' && reason.code === 'needed-by')),
  ),
  'makes no declared volume': withDesired(desired => ({ ...desired, volumes: [] })),
  'leaves volumes as they were declared': withSteps(steps =>
    steps.filter(({ action }) => action.kind !== 'update-volume'),
  ),
  'deletes volumes that are to be kept': withObserved(observed => ({
    ...observed,
    volumes: observed.volumes.map(volume => ({ ...volume, removal: 'delete' as const })),
  })),
  'deletes no volume': withSteps(steps => steps.filter(({ action }) => action.kind !== 'delete-volume')),
  'deletes volumes in use': withObserved(observed => ({
    ...observed,
    containers: observed.containers.map(withoutMounts),
  })),
  'prunes at first sight': withDesired(desired => ({
    ...desired,
    absentSinceMs: new Proxy(
      {},
      { get: () => 0, getOwnPropertyDescriptor: () => ({ value: 0, configurable: true, enumerable: true }) },
    ),
  })),
  'prunes nothing': withSteps(steps => steps.filter(({ reason }) => reason.code !== 'undeclared')),
  'prunes for an empty source': fromSources(source => ({ ...source, allowEmpty: true })),
  'prunes what other files declared': fromSources(source => ({ ...source, scope: 'all' })),
  'prunes what a bad file declared': fromSources(source => ({ ...source, badFiles: [] })),
  'takes what other sources have': seeing(one => [{ ...one, origin: { ...one.origin, source: '/srv/manifests' } }]),
  'does not see drift': seeing(one => [
    { ...one, kernelLimits: one.kernelLimits === null ? null : { known: true, value: one.recordedLimits } },
  ]),
  'leaves mounts as others made them': withSteps(steps => steps.filter(({ action }) => action.kind !== 'repair-mount')),
  'mounts nothing again below what it made anew': withSteps(steps =>
    steps.filter(({ action }) => action.kind !== 'repair-mount' || action.mount.target.split('/').length < 3),
  ),
  'makes a new container for another list of mounts': (desired, observed, mint) =>
    seeing(one => [hasOtherMounts(one, desired) ? ofAnotherSpec(one) : one])(desired, observed, mint),
  'only writes down another list of mounts': withActions(({ action }) =>
    action.kind === 'update-record' && action.run?.mounts !== undefined
      ? { ...action, run: { ...action.run, mounts: { away: [], put: [] } } }
      : action,
  ),
  'mounts from a list before there is a volume': hasty('update-record'),
  'mounts before there is a volume': hasty('repair-mount'),
  'changes what somebody holds': seeing(one => [{ ...one, hold: null }]),
  'holds for ever': seeing(one => [one.hold ? { ...one, hold: { ...one.hold, untilMs: Infinity } } : one]),
  'heals what is only to be reported': withDesired(desired => ({
    ...desired,
    containers: desired.containers.map(one => ({ ...one, heal: 'auto' as const })),
  })),
  'heals what somebody changes back each time': seeing(one => [{ ...one, heals: {} }]),
  'asks what is frozen to stop': withSteps(steps => {
    const thaws = steps.filter(
      ({ action }, at) => repairs(action, 'thaw') && steps[at + 1]?.action.kind === 'begin-stop',
    )
    const ids = new Set(thaws.map(({ id }) => id))
    return steps
      .filter(({ id }) => !ids.has(id))
      .map(step => ({ ...step, after: step.after.filter(id => !ids.has(id)) }))
  }),
  'pauses nothing': withSteps(steps => steps.filter(({ action }) => !repairs(action, 'freeze'))),
  'leaves what is frozen frozen': withSteps(steps => steps.filter(({ action }) => !repairs(action, 'thaw'))),
  'leaves processes outside of their cgroup': withSteps(steps =>
    steps.filter(({ action }) => !repairs(action, 'rejoinCgroups')),
  ),
  'leaves ulimits': withSteps(steps => steps.filter(({ action }) => !repairs(action, 'setUlimit'))),
  'leaves names': withSteps(steps => steps.filter(({ action }) => !repairs(action, 'setHostname'))),
  'leaves OOM scores': withSteps(steps => steps.filter(({ action }) => !repairs(action, 'setOomScore'))),
  'restarts for what it can heal': withSteps(steps =>
    steps.map(step =>
      step.action.kind === 'repair-run'
        ? { ...step, action: { kind: 'begin-stop', id: step.action.id, stop: { signal: null, graceMs: null } } }
        : step,
    ),
  ),
  "leaves what is in the host's namespace": withSteps(steps =>
    steps.filter(({ action, reason }) => !(action.kind === 'begin-stop' && reason.code === 'deviated')),
  ),
  'answers no change of a file': withSteps(steps => steps.filter(({ action }) => action.kind !== 'answer-change')),
  'notes changes of files and tells nobody': withActions(({ action }) =>
    action.kind === 'answer-change' ? { ...action, signal: null } : action,
  ),
  'restarts for no file': withSteps(steps =>
    steps.filter(({ action, reason }) => !(action.kind === 'begin-stop' && reason.code === 'file-changed')),
  ),
  'restarts for every file': withDesired(desired => ({
    ...desired,
    containers: desired.containers.map(one => ({
      ...one,
      onChange: Object.fromEntries(one.spec.mounts.map(({ target }) => [target, 'restart' as const])),
    })),
  })),
  'signals what it never kept anything of': withActions(({ action, reason }) =>
    action.kind === 'answer-change' && reason.code === 'file-unknown' ? { ...action, signal: 'SIGHUP' } : action,
  ),
  'answers while a file is written': seeing(one => [
    {
      ...one,
      files: (one.files ?? []).map(file =>
        file.now.known && file.now.value.content === null
          ? { ...file, now: { known: true, value: { ...file.now.value, content: { stat: '', digest: 'half' } } } }
          : file,
      ),
    },
  ]),
  'changes no limits': withSteps(steps => steps.filter(({ action }) => action.kind !== 'update-limits')),
  'brings no record up to date': withSteps(steps => steps.filter(({ action }) => action.kind !== 'update-record')),
  'restarts what was to run once': seeing(one => [{ ...one, stopRequested: isIn(one, 'exited') }]),
  'restarts nothing': withSteps(steps => steps.filter(({ reason }) => reason.code !== 'exited')),
  'forgets exits': withSteps(steps => steps.filter(({ action }) => action.kind !== 'record-exit')),
  'forgets health': withSteps(steps => steps.filter(({ action }) => action.kind !== 'record-health')),
  'leaves what is not well as it is': seeing(one => [withStatus(one, 'unhealthy', 'healthy')]),
  'takes what is starting for healthy': seeing(one => [withStatus(one, 'starting', 'healthy')]),
  'forgets lost shims': withSteps(steps => steps.filter(({ action }) => action.kind !== 'adopt-container')),
  'forgets requests for a restart': seeing(one => [{ ...one, restarts: { ...one.restarts, requestedAtMs: null } }]),
  'takes its own stops for results': seeing(one => [{ ...one, stopRequested: false }]),
  'runs what should be stopped': withSteps(steps => steps.filter(({ reason }) => reason.code !== 'should-be-stopped')),
  'stops for a manifest whose bind source is missing': withObserved(observed => ({ ...observed, bindSources: {} })),
  'asks for limits that this kernel lacks': withObserved(observed => ({ ...observed, kernel })),
  'pulls nothing': withSteps(steps => steps.filter(({ action }) => action.kind !== 'begin-pull')),
  'stops before the new image is here': (desired, observed, mint) => {
    const there = Object.entries(observed.images).map(
      ([reference, image]) => [reference, image.state === 'present' ? image : imageOf(imageIds.new)] as const,
    )
    const hasty = plan(desired, { ...observed, images: Object.fromEntries(there) }, mint)
    const honest = plan(desired, observed, mint)
    const stops = hasty.steps.filter(({ action }) => action.kind === 'begin-stop')
    return stops.length > 0 ? { ...honest, steps: stops.map(step => ({ ...step, after: [] })) } : honest
  },
  'makes containers of what a tag will mean': withActions(({ action }) =>
    action.kind === 'create-container' && action.image !== null
      ? { ...action, image: { ...action.image, id: imageIds.new } }
      : action,
  ),
  'follows every tag': withDesired(withPull(() => 'always')),
  'follows no tag': withDesired(withPull(pull => (pull === 'always' ? 'missing' : pull))),
  'pulls although it never may': withDesired(withPull(pull => (pull === 'never' ? 'missing' : pull))),
  'believes what it pulled in another life': withObserved(observed => ({
    ...observed,
    pullsDone: Object.fromEntries(
      Object.entries(observed.images).flatMap(([reference, image]) =>
        image.state === 'present' ? [[reference, { atMs: 0, id: image.id }]] : [],
      ),
    ),
  })),
  'pulls once for each container': withObserved(observed => ({
    ...observed,
    operations: observed.operations.filter(({ kind }) => kind !== 'pull'),
  })),
  'tries failed pulls again at once': withObserved(observed => ({ ...observed, pullFailures: {} })),
  'gives up after a failed pull': (desired, observed, mint) =>
    withSteps(steps =>
      steps.filter(
        ({ action }) => action.kind !== 'begin-pull' || !Object.hasOwn(observed.pullFailures, action.reference),
      ),
    )(desired, observed, mint),
  "makes no volumes of an image's own": withObserved(observed => ({
    ...observed,
    images: Object.fromEntries(
      Object.entries(observed.images).map(([reference, image]) => [
        reference,
        image.state === 'present' ? { ...image, config: configOf([]) } : image,
      ]),
    ),
  })),
  'starts first and makes later': withSteps(steps => steps.toReversed()),
  'makes volumes after nothing': hasty('create-volume'),
  'makes containers after nothing': hasty('create-container'),
  'starts after nothing': hasty('start-container'),
  'deletes volumes after nothing': hasty('delete-volume'),
  'starts all at once': withDesired(desired => ({
    ...desired,
    containers: desired.containers.map(({ dependsOn: _dependsOn, ...one }) => one),
  })),
  'starts before what it depends on has started': (desired, observed, mint) => {
    const planned = plan(desired, observed, mint)
    const starts = new Set(planned.steps.flatMap(({ id, action }) => (action.kind === 'start-container' ? [id] : [])))
    return {
      ...planned,
      steps: planned.steps.map(step => ({ ...step, after: step.after.filter(id => !starts.has(id)) })),
    }
  },
  'takes what has started for completed': withDependencies(need => ({ ...need, condition: 'started' })),
  'takes a failed dependency for none': withDependencies(need => ({ ...need, required: false })),
  'waits for what need not be there': withDependencies(need => ({ ...need, required: true })),
  'restarts nothing with what it depends on': withSteps(steps =>
    steps.filter(({ reason }) => reason.code !== 'dependency-restarted'),
  ),
  'stops in whatever order': (desired, observed, mint) => plan(desired, observed, mint, 'at once'),
  'waits for a stop that nobody was asked for': withObserved(observed => ({
    ...observed,
    operations: observed.operations.map(one => (one.kind === 'stop' ? { ...one, sinceMs: observed.nowMs } : one)),
  })),
}

const repairs = (action: Step['action'], what: string) => action.kind === 'repair-run' && action.repair.what === what

function withSteps(change: (steps: readonly Step[]) => readonly Step[]): Planner {
  return (desired, observed, mint) => {
    const planned = plan(desired, observed, mint)
    return { ...planned, steps: change(planned.steps) }
  }
}

function hasty(kind: ActionKind): Planner {
  return withSteps(steps => steps.map(step => (step.action.kind === kind ? { ...step, after: [] } : step)))
}

function withActions(change: (step: Step) => Step['action']): Planner {
  return withSteps(steps => steps.map(step => ({ ...step, action: change(step) })))
}

function withDesired(change: (desired: DesiredState) => DesiredState): Planner {
  return (desired, observed, mint) => plan(change(desired), observed, mint)
}

/** Records keep what the manifest says. */
function withDependencies(change: (need: Dependency) => Dependency): Planner {
  return (desired, observed, mint) => {
    const containers = desired.containers.map(one =>
      one.dependsOn === undefined ? one : { ...one, dependsOn: one.dependsOn.map(change) },
    )
    const planned = plan({ ...desired, containers }, observed, mint)
    const said = new Map(containers.map((container, index) => [container, desired.containers[index]]))
    const asSaid = (action: Step['action']): Step['action'] =>
      'container' in action ? { ...action, container: said.get(action.container) ?? action.container } : action
    return { ...planned, steps: planned.steps.map(step => ({ ...step, action: asSaid(step.action) })) }
  }
}

function withObserved(change: (observed: ObservedState) => ObservedState): Planner {
  return (desired, observed, mint) => plan(desired, change(observed), mint)
}

function seeing(change: (one: ObservedContainer) => readonly ObservedContainer[]): Planner {
  return withObserved(observed => ({ ...observed, containers: observed.containers.flatMap(change) }))
}

function withPull(change: (pull: PullPolicy) => PullPolicy): (desired: DesiredState) => DesiredState {
  return desired => ({
    ...desired,
    containers: desired.containers.map(one => (one.spec.image === null ? one : { ...one, pull: change(one.pull) })),
  })
}

function fromSources(change: (source: DesiredSource) => DesiredSource): Planner {
  return withDesired(desired => ({ ...desired, sources: desired.sources.map(change) }))
}

type PhaseValue = Extract<ObservedContainer['phase'], { known: true }>['value']

/** The status alone: what is recorded of it stays. */
const withStatus = (one: ObservedContainer, from: HealthStatus, to: HealthStatus): ObservedContainer =>
  one.health?.status === from ? { ...one, health: { ...one.health, status: to } } : one

const isIn = ({ phase }: ObservedContainer, name: PhaseValue['phase']): boolean =>
  phase.known && phase.value.phase === name

const inPhase = (one: ObservedContainer, value: PhaseValue): ObservedContainer => ({
  ...one,
  phase: { known: true, value },
})

function withoutMounts(one: ObservedContainer): ObservedContainer {
  const declaration: ContainerDeclaration = { ...one.declaration, spec: { ...one.declaration.spec, mounts: [] } }
  return { ...one, declaration }
}

const hasDrifted = ({ kernelLimits, recordedLimits }: ObservedContainer): boolean =>
  kernelLimits?.known === true && differingLimits(kernelLimits.value, recordedLimits).length > 0

const hasOtherMounts = ({ declaration: { name, spec } }: ObservedContainer, { containers }: DesiredState): boolean =>
  containers.some(
    one => fullName(one.name) === fullName(name) && JSON.stringify(one.spec.mounts) !== JSON.stringify(spec.mounts),
  )

function ofAnotherSpec(one: ObservedContainer): ObservedContainer {
  const spec = { ...one.declaration.spec, domainname: 'another' }
  return { ...one, declaration: { ...one.declaration, spec, digest: 'another' } }
}
