import type { Known, Result } from '../model/errors.ts'
import { known, unknown } from '../model/errors.ts'
import type { NetworkRecord } from '../model/network.ts'
import type { LinkFault } from '../model/network-facts.ts'
import type { ObservedNetwork } from '../model/observed.ts'
import { bridgeOf, interfacesOf } from '../runtime/link-plans.ts'
import type { PlanInterface, SeenNetwork, SeenNetworks } from '../runtime/network.ts'
import type { ContainerProcess } from '../runtime/core.ts'
import type { SeenContainer } from './container.ts'
import { bridgeFaults, interfaceFaults } from './link-faults.ts'

/** What the host and these containers have. */
export type ReadLinks = (containers: readonly ContainerProcess[]) => Promise<Result<SeenNetworks>>

type Seen = { readonly networks: readonly ObservedNetwork[]; readonly containers: readonly SeenContainer[] }
type Faults = Known<readonly LinkFault[]>

/** Compares bridges and interfaces with what is recorded of them; asks nothing where there is nothing to compare. */
export async function seeLinks(read: ReadLinks, rootId: string, { networks, containers }: Seen): Promise<Seen> {
  const runs = containers.flatMap(({ container: { id, phase, endpoints = {} } }) =>
    phase.known && phase.value.phase === 'running' && Object.keys(endpoints).length > 0
      ? [{ containerId: id, process: phase.value.process }]
      : [],
  )
  if (networks.length + runs.length === 0) return { networks, containers }
  const seen = await read(runs)
  const asked = new Set(runs.map(({ containerId }) => containerId))
  return {
    networks: networks.map(one => ({
      ...one,
      faults: onHost(seen, host => bridgeFaults(bridgeOf(rootId, one), host)),
    })),
    containers: containers.map(one => {
      if (!asked.has(one.container.id)) return one
      const { id, declaration } = one.container
      const linkFaults = inside(seen, id, interfacesOf(rootId, one.container, networks), declaration.spec.sysctls)
      return { ...one, container: { ...one.container, linkFaults } }
    }),
  }
}

const onHost = (seen: Result<SeenNetworks>, faultsOf: (host: SeenNetwork) => readonly LinkFault[]): Faults =>
  !seen.ok ? unknown(seen.error.message) : seen.value.host === null ? known([]) : known(faultsOf(seen.value.host))

function inside(
  seen: Result<SeenNetworks>,
  id: string,
  wanted: readonly PlanInterface[],
  sysctls: Readonly<Record<string, string>>,
): Faults {
  if (!seen.ok) return unknown(seen.error.message)
  const own = seen.value.containers[id]
  const { host } = seen.value
  // one that ends now is seen to have ended by the next look
  if (own === undefined || 'error' in own || host === null) return known([])
  return known(wanted.flatMap(one => interfaceFaults(one, own, host, sysctls)))
}

/** A record that can't be read is nobody's network: nothing is made in its place, and nothing removed. */
export const observedNetwork = ({ version: _version, ...network }: NetworkRecord): ObservedNetwork => network
