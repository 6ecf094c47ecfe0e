import { fullName } from '../model/identity.ts'
import type { ObservedContainer, ProxiedRun } from '../model/observed.ts'
import { proxiedPorts, socketTexts } from '../model/proxied-ports.ts'
import type { Accepted } from './accepted.ts'
import { addStep, type Draft } from './draft.ts'
import { networksAfter, published } from './publishers.ts'
import { same } from './same.ts'
import { stopUntilMs } from './stop-operations.ts'

const subject = { kind: 'proxy', name: 'ports', id: null } as const

/** Who runs on, and whose sockets the proxy hasn't; what this plan starts has them by its start. */
export function planProxied(draft: Draft, accepted: readonly Accepted[]): void {
  const { proxied, containers } = draft.observed
  const wanted = wantedSockets(draft, accepted)
  giveToStarts(draft, wanted)
  if (proxied === undefined) return
  if (!proxied.known) {
    if (wanted.size > 0)
      draft.blocked.push({ subject, refusal: { code: 'unreadable', why: proxied.why }, position: null })
    return
  }
  const held = new Map(proxied.value.map(one => [one.id, one]))
  const taken = new Set<string>()
  const changed = containers.flatMap((container): { readonly name: string; readonly run: ProxiedRun }[] => {
    const run = runOf(draft, container)
    if (run === null) return []
    const name = fullName(container.declaration.name)
    const sockets = taken.has(name) ? [] : (wanted.get(name) ?? [])
    taken.add(name)
    const own = held.get(container.id) ?? { sockets: [], missing: [] }
    const isHeld = own.missing.length === 0 && same(own.sockets, sockets)
    return isHeld ? [] : [{ name, run: { ...run, sockets } }]
  })
  if (changed.length === 0) return
  addStep(draft, {
    subject,
    action: { kind: 'proxy-ports', runs: changed.map(({ run }) => run) },
    reason: { code: 'unproxied', names: changed.map(({ name }) => name).toSorted() },
    class: 'in-place',
    after: [],
    position: null,
  })
}

/** Only now it is known to which addresses published ports lead after this plan. */
function giveToStarts({ steps }: Draft, wanted: ReadonlyMap<string, readonly string[]>): void {
  for (const [index, step] of steps.entries()) {
    const sockets = wanted.get(step.subject.name)
    if (step.action.kind === 'start-container' && sockets !== undefined)
      steps[index] = { ...step, action: { ...step.action, proxied: sockets } }
  }
}

/** By full name; without those that need none. */
const wantedSockets = (draft: Draft, accepted: readonly Accepted[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    published(draft, accepted, networksAfter(draft))
      .map(({ name, led }) => [name, socketTexts(proxiedPorts(led))] as const)
      .filter(([, sockets]) => sockets.length > 0),
  )

/** null: it doesn't run, or is about to end. */
function runOf(draft: Draft, { id, phase }: ObservedContainer): Omit<ProxiedRun, 'sockets'> | null {
  const isEnding = draft.gone.has(id) || draft.stopping.has(id) || stopUntilMs(draft.observed, id) !== null
  if (isEnding || !phase.known || phase.value.phase !== 'running') return null
  return { id, process: phase.value.process }
}
