import type { DesiredContainer } from '../model/desired.ts'
import { fullName } from '../model/identity.ts'
import { portText, type PublishedPort, samePort } from '../model/network.ts'
import type { Refusal } from '../model/plan.ts'
import { named } from './candidates.ts'
import type { Draft } from './draft.ts'
import { positionOf } from './positions.ts'

/** Who publishes what: whoever has a port recorded already, then the others in the plan's order. */
export function claimPorts(draft: Draft, wanted: readonly DesiredContainer[]): void {
  const names = new Map(wanted.map(one => [fullName(one.name), one]))
  for (const { declaration } of draft.observed.containers) {
    const by = fullName(declaration.name)
    const asked = names.get(by)?.ports
    const kept = (declaration.ports ?? []).filter(port => asked === undefined || asked.some(one => samePort(one, port)))
    draft.ports.push(...kept.map(port => ({ port, by })))
  }
  for (const [by, { ports = [] }] of names) draft.ports.push(...ports.map(port => ({ port, by })))
}

/** Whether all its ports can be its own and lead somewhere; told where they can't. */
export function mayPublish(draft: Draft, wanted: DesiredContainer, id: string | null): boolean {
  const { ports = [], networks = [] } = wanted
  const subject = { kind: 'container', name: fullName(wanted.name), id } as const
  const refuse = (refusal: Refusal): boolean => {
    draft.blocked.push({ subject, refusal, position: positionOf(wanted, ['spec.ports']) })
    return false
  }
  for (const port of ports) {
    const by = holderOf(draft, wanted, port)
    if (by !== null) return refuse({ code: 'port-taken', port: portText(port), by })
  }
  if (ports.length === 0) return true
  const lacking = networks.find(({ name }) => draft.unavailable.has(name) && !draft.networks.has(name))
  const why = networks.length === 0 ? 'it is on no network' : draft.unavailable.get(lacking?.name ?? '')
  if (why !== undefined) return refuse({ code: 'port-unreachable', why })
  // one that is not there is refused by itself
  const isOpen = networks.some(({ name }) => draft.networks.get(name)?.record.internal !== true)
  return isOpen || refuse({ code: 'port-unreachable' })
}

/** A program of the host counts against new ports only: what is published already is seen before it by the packet filter. */
function holderOf(draft: Draft, { name }: DesiredContainer, port: PublishedPort): string | null {
  const own = fullName(name)
  const claim = draft.ports.find(one => samePort(one.port, port))
  if (claim !== undefined && claim.by !== own) return `container ${claim.by}`
  const isRecorded = named(draft, own).some(({ declaration }) => declaration.ports?.some(one => samePort(one, port)))
  if (isRecorded) return null
  return draft.observed.listeners?.find(one => samePort(one, port))?.holder ?? null
}
