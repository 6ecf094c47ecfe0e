import { bridgeNetwork } from '../../model/default-networks.ts'
import { macOf, type Endpoint, type NetworkUse } from '../../model/network.ts'
import type { ContainerRecord } from '../../model/record.ts'

/** The first of its networks by name; an engine that lacks it lists the container and says so when asked to start it. */
export const networkMode = ({ declaration: { spec, networks = [] } }: ContainerRecord): string =>
  spec.namespaces.net === 'host' ? 'host' : modeOn(networks[0])

/** What the engine calls `bridge` is its own, so it starts the container there. */
const modeOn = (first: NetworkUse | undefined): string =>
  first === undefined ? 'none' : isBridge(first) ? 'default' : first.name

const isBridge = ({ name }: NetworkUse): boolean => name === bridgeNetwork

/** An empty object for a network would crash dockerd at the start of the container, hence all fields. */
export function dockerNetworks(record: ContainerRecord): Record<string, unknown> {
  const { networks = [] } = record.declaration
  if (networks.length === 0) return { [networkMode(record)]: networkEntry(null, null) }
  return Object.fromEntries(networks.map(use => [use.name, networkEntry(use, record.endpoints?.[use.name] ?? null)]))
}

/** What is empty is filled in by the engine when it starts the container. */
const networkEntry = (use: NetworkUse | null, endpoint: Endpoint | null) => ({
  IPAMConfig: ipamConfig(use),
  Links: null,
  Aliases: use === null || use.aliases.length === 0 || isBridge(use) ? null : use.aliases,
  // by its name: an engine has another id for its own, and looks for that alone where there is one
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: endpoint?.ipv4 ?? '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: endpoint?.ipv6 ?? '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: endpoint === null ? '' : macOf(endpoint.ipv4),
  DriverOpts: null,
  IPAMOperational: false,
})

function ipamConfig(use: NetworkUse | null) {
  // an engine refuses fixed addresses and aliases on its bridge
  if (use === null || isBridge(use) || (use.address === null && use.address6 === null)) return null
  return {
    ...(use.address === null ? {} : { IPv4Address: use.address }),
    ...(use.address6 === null ? {} : { IPv6Address: use.address6 }),
  }
}

/** `{ "80/tcp": [{ HostIp: "", HostPort: "8080" }] }` */
export function portBindings({ declaration: { ports = [] } }: ContainerRecord): Record<string, unknown> {
  const groups = Map.groupBy(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`)
  return Object.fromEntries(
    [...groups].map(([port, bindings]) => [
      port,
      bindings.map(({ hostAddress, hostPort }) => ({ HostIp: hostAddress ?? '', HostPort: `${hostPort}` })),
    ]),
  )
}
