import type { Known, Result } from '../model/errors.ts'
import { known, unknown } from '../model/errors.ts'
import type { HeldRun, ObservedContainer, ObservedState } from '../model/observed.ts'
import type { LinkFault } from '../model/network-facts.ts'
import { type HeldPorts, heldPorts, ledPorts, proxiedPorts, socketTexts } from '../model/proxied-ports.ts'
import type { SeenProxy } from '../runtime/network.ts'
import type { SeenContainer } from './container.ts'

export type ReadProxy = () => Promise<Result<SeenProxy>>

/** `ports`: where the proxy itself listens on this host, for whomever */
type Held = {
  readonly proxied: Known<readonly HeldRun[]>
  readonly ports: readonly HeldPorts[]
  /** the pid of a proxy that hangs; missing: none does */
  readonly silent?: number
}

/** What the proxy holds for those of these that run; for another process of a container it holds nothing. */
export function seeProxied(seen: Result<SeenProxy>, containers: readonly SeenContainer[]): Held {
  if (!seen.ok) return { proxied: unknown(seen.error.message), ports: [] }
  const { served, silent } = seen.value
  const ofRuns = containers.flatMap(({ container: { id, phase } }): HeldRun[] => {
    if (!phase.known || phase.value.phase !== 'running') return []
    const { pid, startTicks } = phase.value.process
    const own = served.find(one => one.containerId === id && one.pid === pid && one.startTicks === startTicks)
    return own === undefined ? [] : [{ id, sockets: own.sockets, missing: own.missing }]
  })
  const ports = served.flatMap(({ sockets }) => sockets.flatMap(text => heldPorts(text) ?? []))
  return { proxied: known(ofRuns), ports, ...(silent === undefined ? {} : { silent }) }
}

type Networks = Pick<ObservedState, 'networks' | 'noFilter'>

/** The same containers, told which of them lacks a port that is recorded. */
export function withPortFaults(
  containers: readonly SeenContainer[],
  { proxied, silent }: Held,
  { networks: all = [], noFilter }: Networks,
): readonly SeenContainer[] {
  if (!proxied.known) return containers
  const held = new Map(proxied.value.map(one => [one.id, one]))
  const networks = all.map(network => (noFilter === undefined ? network : { ...network, filtered: false }))
  return containers.map(one => {
    const lost = faultOf(one.container, held.get(one.container.id), networks)
    const fault = lost === null || silent === undefined ? lost : { ...lost, kernel: `proxy (pid ${silent}) hangs` }
    const { serviceFaults = known([]) } = one.container
    if (fault === null || !serviceFaults.known) return one
    return { ...one, container: { ...one.container, serviceFaults: known([...serviceFaults.value, fault]) } }
  })
}

function faultOf(
  { declaration, endpoints = {}, phase }: ObservedContainer,
  held: HeldRun | undefined,
  networks: NonNullable<Networks['networks']>,
): LinkFault | null {
  if (!phase.known || phase.value.phase !== 'running') return null
  const wanted = socketTexts(proxiedPorts(ledPorts({ ...declaration, endpoints }, networks)))
  const { sockets = [], missing = [] } = held ?? {}
  if (wanted.every(text => sockets.includes(text)) && missing.length === 0) return null
  const kernel = missing[0] ?? (held === undefined ? 'not held' : 'others held')
  return { field: 'ports', desired: 'held', kernel, text: 'the proxy does not hold its ports' }
}
