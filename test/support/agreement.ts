import { deepEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { deviationsOf } from '../../src/model/deviations.ts'
import { fullName } from '../../src/model/identity.ts'
import type { ObservedContainer, ObservedState, Phase } from '../../src/model/observed.ts'
import type { Plan } from '../../src/model/plan.ts'
import { recordedMounts } from '../../src/model/recorded-mounts.ts'
import { readCgroupMounts } from '../../src/observe/cgroup-mounts.ts'
import { containerCgroup } from '../../src/observe/cgroup-places.ts'
import { limitFilePath } from '../../src/observe/limit-files.ts'
import { plan } from '../../src/plan/plan.ts'
import type { Life } from './agreement-lives.ts'
import { hostCommand } from './host-command.ts'
import { eventually } from './lab.ts'
import { type Deed, foreignPids, type ModelHost, modelHost } from './model-host.ts'
import { settle } from './model-passes.ts'
import { planLines } from './plan-text.ts'
import type { RealHost } from './real-host.ts'
import { desiredOf, observedOf } from './specs.ts'

/** Lives one life on the model host and on this kernel; throws where plans or what is seen afterwards differ. Returns the plans made. */
export async function liveOnBoth({ behaviours, rounds }: Life, real: RealHost): Promise<number> {
  const empty = (await real.pass(desiredOf([]))).observed
  const model = modelHost(observedOf({ kernel: empty.kernel }), behaviours)
  const oneShots = new Set(Object.keys(behaviours).filter(name => behaviours[name]?.exits !== 0))
  let [modelBefore, realBefore] = [model.observe(), empty]
  for (const [index, { desired, deed }] of rounds.entries()) {
    const label = `round ${index + 1}`
    if (deed !== null) await disturbBoth(deed, model, modelBefore, real, realBefore)
    realBefore = await real.observe(desired)
    modelBefore = model.observe()
    deepEqual(
      view(realBefore),
      view(modelBefore),
      `${label}: seen before it${deed === null ? '' : `, after somebody did "${deed.what}" to ${deed.name}`}`,
    )
    deepEqual(
      planView(plan(desired, realBefore, mint)),
      planView(plan(desired, modelBefore, mint)),
      `${label}: the plan`,
    )
    const settled = settle(plan, desired, model)
    deepEqual([settled.quiet, settled.leftover, model.violations], [true, [], []], `${label}: the model host`)
    await settleReal(real, desired, oneShots)
    const [modelAfter, realAfter] = [model.observe(), await real.observe(desired)]
    deepEqual(view(realAfter), view(modelAfter), `${label}: seen after it`)
    deepEqual(
      kept(realBefore, realAfter),
      kept(modelBefore, modelAfter),
      `${label}: processes and volumes that it left alone`,
    )
    ;[modelBefore, realBefore] = [modelAfter, realAfter]
  }
  return rounds.length
}

/** Until no pass has anything to do and no one-shot runs any more. */
async function settleReal(real: RealHost, desired: Life['rounds'][number]['desired'], oneShots: ReadonlySet<string>) {
  for (;;) {
    const { observed } = await real.converge(desired, 10_000)
    const busy = observed.containers.some(
      one => oneShots.has(fullName(one.declaration.name)) && phaseOf(one)?.phase === 'running',
    )
    if (!busy) return
    await setTimeout(10)
  }
}

async function disturbBoth(
  deed: Deed,
  model: ModelHost,
  modelState: ObservedState,
  real: RealHost,
  seen: ObservedState,
) {
  const hit = seen.containers.find(one => fullName(one.declaration.name) === deed.name)
  const phase = hit && phaseOf(hit)
  if (hit === undefined || phase?.phase !== 'running') return
  model.advanceTo(modelState.nowMs + 1)
  model.disturb(deed)
  const again = async () => (await real.observe(desiredOf([]))).containers.find(({ id }) => id === hit.id)
  const until = (holds: (now: Phase | null) => boolean) =>
    eventually(
      async () => {
        const now = await again()
        return now !== undefined && holds(phaseOf(now))
      },
      5000,
      () => `"${deed.what}" was not seen`,
    )
  if (deed.what === 'write the pids limit') return writeFileSync(pidsFile(real, hit.id), `${foreignPids}`)
  if (deed.what === 'move it away')
    return writeFileSync(`${mounts.controllers['memory']}/cgroup.procs`, `${phase.process.pid}`)
  if (deed.what === 'freeze it')
    return writeFileSync(
      `${mounts.controllers['freezer']}/${containerCgroup(mounts, real.deps.rootId, hit.id)}/freezer.state`,
      'FROZEN',
    )
  if (deed.what === 'unmount its first mount') return unmountFirst(hit, phase.process.pid)
  process.kill(deed.what === 'kill the payload' ? phase.process.pid : shimPid(real, hit.id), 'SIGKILL')
  await until(now =>
    deed.what === 'kill the payload' ? now?.phase === 'exited' : now?.phase === 'running' && now.shim === 'lost',
  )
}

function unmountFirst(container: ObservedContainer, pid: number): void {
  const target = recordedMounts(container)[0]?.target
  const inside = [`--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`]
  if (target !== undefined) hostCommand('nsenter', ...inside, 'busybox', 'umount', target)
}

const mint = () => randomBytes(32).toString('hex')
const mounts = readCgroupMounts('/proc')
const pidsFile = ({ deps }: RealHost, id: string): string =>
  limitFilePath(mounts, containerCgroup(mounts, deps.rootId, id), 'pids') ?? ''
function shimPid({ deps }: RealHost, id: string): number {
  const state = readFileSync(`${deps.paths.run}/${deps.rootId}/${id.slice(0, 16)}/state`, 'utf8')
  return (JSON.parse(state) as { shimPid: number }).shimPid
}

const phaseOf = ({ phase }: ObservedContainer): Phase | null => (phase.known ? phase.value : null)

/** All that both hosts must agree on: everything but ids, pids and times. */
const view = ({ containers, volumes, operations }: ObservedState) => ({
  containers: sorted(containers.map(containerView), ({ name }) => name),
  volumes: sorted(
    volumes.map(volume => ({ ...volume, name: volume.anonymous ? ownerOf(volume.name, containers) : volume.name })),
    ({ name }) => name,
  ),
  operations: operations.map(({ kind }) => kind),
})

function containerView(one: ObservedContainer) {
  const { declaration, origin, recordedLimits, kernelLimits, restarts, anonymousVolumes, image, exitRecorded } = one
  return {
    name: fullName(declaration.name),
    declaration,
    origin,
    phase: phaseView(one),
    recordedLimits,
    kernelLimits,
    restarts: restarts.count,
    failed: restarts.failedStart?.message ?? null,
    anonymous: Object.keys(anonymousVolumes).sort(),
    image,
    exitRecorded,
    mountDrifts: one.mountDrifts ?? null,
    stopRequested: one.stopRequested === true,
    deviations: one.look?.known === true ? deviationsOf(one.look.value, one.declaration.state) : [],
  }
}

function phaseView(one: ObservedContainer) {
  const phase = phaseOf(one)
  if (phase?.phase === 'running') return `running, shim ${phase.shim}`
  if (phase?.phase !== 'exited') return phase?.phase
  if (one.stopRequested === true) return 'stopped'
  const { exit } = phase
  return `exited, ${exit.kind} ${exit.kind === 'code' ? exit.code : exit.kind === 'signal' ? exit.signal : ''}`
}

const ownerOf = (volume: string, containers: readonly ObservedContainer[]): string =>
  containers
    .flatMap(one =>
      Object.entries(one.anonymousVolumes).flatMap(([target, name]) =>
        name === volume ? [`${fullName(one.declaration.name)} ${target}`] : [],
      ),
    )
    .join(', ')

/** Names whose process, and anonymous volumes that, are still the same. */
function kept(before: ObservedState, after: ObservedState) {
  const pid = (state: ObservedState, name: string) => {
    const one = state.containers.find(({ declaration }) => fullName(declaration.name) === name)
    const phase = one && phaseOf(one)
    return phase?.phase === 'running' ? phase.process.pid : null
  }
  const names = after.containers.map(({ declaration }) => fullName(declaration.name)).sort()
  const old = new Set(before.volumes.map(({ name }) => name))
  return {
    processes: names.filter(name => pid(before, name) !== null && pid(before, name) === pid(after, name)),
    volumes: after.volumes
      .filter(({ name }) => old.has(name))
      .map(({ name, anonymous }) => (anonymous ? ownerOf(name, after.containers) : name))
      .sort(),
  }
}

const planView = (planned: Plan): string =>
  planLines(planned)
    .replaceAll(/[0-9a-f]{12}(?=[)…])/g, 'ID')
    .replaceAll(/until \d+/g, 'until T')

const sorted = <T>(items: readonly T[], key: (item: T) => string): T[] =>
  items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
