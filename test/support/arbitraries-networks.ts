// Situations with networks: declared, recorded, torn, overlapping; members with fixed addresses and ports that clash.
import * as fc from 'fast-check'
import { bridgeNetwork, withDefaultNetworks } from '../../src/model/default-networks.ts'
import { known } from '../../src/model/errors.ts'
import type { DesiredContainer } from '../../src/model/desired.ts'
import type { DesiredNetwork, Endpoints, NetworkUse, PublishedPort } from '../../src/model/network.ts'
import type { ObservedContainer, ObservedNetwork, ObservedState } from '../../src/model/observed.ts'
import { ledPorts, proxiedPorts, socketTexts } from '../../src/model/proxied-ports.ts'
import type { Situation } from './arbitraries.ts'
import { usually } from './arbitraries-images.ts'
import * as specs from './specs.ts'
import type { LinkFault } from '../../src/model/network-facts.ts'
import { faultOf } from './link-faults.ts'

const containers = ['a', 'b', 'shop/a'] as const
const networks = ['front', 'back'] as const
/** nobody declares them, or did so earlier */
const defaults = [bridgeNetwork, 'shop_default'] as const

const range = (subnet: string) => ({ subnet, gateway: subnet.replace(/[0-9]*\/\d+$/, '1') })
const ipv4 = fc.constantFrom('10.1.0.0/24', '10.1.0.0/28', '10.2.0.0/28', '10.200.0.0/24').map(range)
const ipv6 = usually<DesiredNetwork['ipv6']>(null, fc.constantFrom('fd00:1::/64', 'fd00:2::/120').map(range), 2)
const kind = fc.constantFrom<Pick<DesiredNetwork, 'internal' | 'filtered'>>(
  { internal: false },
  { internal: false },
  { internal: true },
  { internal: false, filtered: false },
)

const origin = (name: string, source = specs.directory) => specs.originAt(`${source}/${name}.yaml`, 3, source)

const nowhere = { source: '', file: '', line: 0, column: 0 }

const declared = (name: string): fc.Arbitrary<DesiredNetwork> =>
  fc.record({ ipv4: fc.option(ipv4), ipv6, kind }).map(({ kind: is, ...wish }) => networkOf(name, { ...wish, ...is }))

export const networkOf = (name: string, wish: Partial<DesiredNetwork> = {}): DesiredNetwork => ({
  name,
  labels: {},
  ipv4: null,
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: origin(name),
  positions: {},
  ...wish,
})

const recordedDefault = (name: string, index: number): fc.Arbitrary<ObservedNetwork> =>
  recorded(name, networks.length + index, usually('', fc.constant(specs.directory), name === bridgeNetwork ? 1000 : 4))

const recorded = (
  name: string,
  index: number,
  source = usually<string>(specs.directory, fc.constant('/srv/others'), 6),
): fc.Arbitrary<ObservedNetwork> =>
  fc
    .record({
      ipv4: fc.constantFrom(range(`10.1.${index}.0/24`), range(`10.200.${index}.0/24`)),
      ipv6: usually<DesiredNetwork['ipv6']>(null, fc.constant(range(`fd00:1${index}::/64`)), 2),
      kind,
      source,
      faults: usually<readonly LinkFault[]>([], fc.constant([faultOf('its bridge is missing')]), 3),
    })
    .map(({ source: from, faults, ipv4: four, kind: is, ...wish }) => {
      const { positions: _positions, ...network } = networkOf(name, {
        ...wish,
        ...is,
        origin: from === '' ? nowhere : origin(name, from),
      })
      return { ...network, ipv4: four, id: specs.idOf(100 + index), faults: known(faults) }
    })

const port = (hostPort: number, hostAddress: string | null): PublishedPort => ({
  protocol: 'tcp',
  hostAddress,
  hostPort,
  containerPort: 80,
})
const ports = usually<readonly PublishedPort[]>(
  [],
  fc.subarray([port(8080, null), port(8080, '127.0.0.1'), port(9090, null)], { minLength: 1, maxLength: 1 }),
  2,
)

const use = (name: string): fc.Arbitrary<NetworkUse> =>
  fc
    .record({
      address: usually<string | null>(null, fc.constantFrom('10.1.0.5', '10.1.0.2', '10.200.0.2'), 6),
      aliases: usually<readonly string[]>([], fc.constant(['www'])),
    })
    .map(wish => ({ name, address6: null, ...wish }))

const uses = fc.subarray([...networks]).chain(some => fc.tuple(...some.map(use)))

/** Without a network nothing can be published. */
const wish = fc.record({ networks: uses, ports }).map(({ networks: on, ports: out }) => ({
  ...(on.length === 0 ? {} : { networks: on }),
  ...(on.length === 0 || out.length === 0 ? {} : { ports: out }),
}))

type Member = {
  readonly now: DesiredContainer | null
  readonly was: Omit<ObservedContainer, 'id' | 'endpoints'> | null
  readonly on: readonly string[]
}

const member = (name: string): fc.Arbitrary<Member> =>
  fc
    .record({
      now: fc.option(wish, { freq: 5 }),
      was: fc.option(wish, { freq: 3 }),
      isSame: fc.boolean(),
      command: fc.constantFrom('x', 'x', 'x', 'y'),
      phase: fc.constantFrom(
        specs.runningSince(specs.startMs - 20_000),
        specs.runningSince(specs.startMs - 20_000),
        specs.exitedWith(1),
      ),
      faults: usually<readonly LinkFault[]>([], fc.constant([faultOf('eth0 is missing')]), 4),
      others: usually<readonly string[] | null>(null, fc.subarray([...networks]), 6),
      isFilled: fc.boolean(),
    })
    .map(({ now, was, isSame, command, phase, faults, others, isFilled }) => {
      const before =
        was === null
          ? null
          : filled(
              specs.containerOf(name, { ...((isSame ? now : was) ?? was), spec: { command: [command] } }),
              isFilled,
            )
      const seen =
        before === null
          ? null
          : specs.seen(before, phase, phase.phase === 'running' ? { linkFaults: known(faults) } : {})
      return {
        now: now === null ? null : specs.containerOf(name, { ...now, spec: { command: ['x'] } }),
        was: seen,
        on: others ?? (before?.networks ?? []).map(one => one.name),
      }
    })

const filled = (container: DesiredContainer, isFilled: boolean): DesiredContainer =>
  withDefaultNetworks(specs.desiredOf([container]), isFilled).containers[0] ?? container

/** Addresses as an earlier pass would have given them: one after the other. */
function endpointsOf(on: readonly string[], seen: readonly ObservedNetwork[], index: number): Endpoints {
  const there = seen.filter(({ name }) => on.includes(name))
  return Object.fromEntries(
    there.map(({ name, id, ipv4: four, ipv6: six }, place) => [
      name,
      {
        networkId: id,
        interface: `eth${place}`,
        ipv4: four.gateway.replace(/1$/, `${index + 2}`),
        ipv6: six === null ? null : six.gateway.replace(/1$/, `${index + 2}`),
      },
    ]),
  )
}

const noFilter = (four: string | null, six: string | null) => ({
  noFilter: { why: 'no nft', forwards: { ipv4: four, ipv6: six } },
})

export const networkSituation: fc.Arbitrary<Situation> = fc
  .record({
    declared: fc.tuple(...networks.map(name => fc.option(declared(name), { freq: 5 }))),
    recorded: fc.tuple(...networks.map((name, index) => fc.option(recorded(name, index), { freq: 3 }))),
    defaults: fc.tuple(...defaults.map((name, index) => fc.option(recordedDefault(name, index), { freq: 1 }))),
    fills: fc.boolean(),
    members: fc.tuple(...containers.map(member)),
    filter: fc.constantFrom<Pick<ObservedState, 'ruleset' | 'noFilter'>>(
      { ruleset: known('absent') },
      { ruleset: known('unmade') },
      { ruleset: known('changed') },
      { ruleset: known('changed') },
      noFilter(null, null),
      noFilter('net.ipv4.ip_forward', null),
      noFilter(null, 'net.ipv6.conf.all.forwarding'),
    ),
    listener: usually(false, fc.constant(true), 8),
    subnet: usually(false, fc.constant(true), 6),
    isResolverLost: fc.boolean(),
    proxy: fc.constantFrom('lost', 'whole', 'of other ports'),
  })
  .map(generated => {
    const { declared: wanted, recorded: records, defaults: unasked, fills, members } = generated
    const { filter, listener, subnet, isResolverLost, proxy } = generated
    const seen = [...records, ...unasked].filter(one => one !== null)
    const present = members.flatMap(({ was, on }, index) =>
      was === null ? [] : [{ ...was, id: specs.idOf(index + 1), endpoints: endpointsOf(on, seen, index) }],
    )
    const unserved = present.flatMap(({ id, phase, endpoints }) =>
      isResolverLost && phase.known && phase.value.phase === 'running' && Object.keys(endpoints).length > 0
        ? [{ id, process: phase.value.process }]
        : [],
    )
    const held = present.flatMap(({ id, phase, declaration, endpoints }) => {
      if (proxy === 'lost' || !phase.known || phase.value.phase !== 'running') return []
      const own = socketTexts(proxiedPorts(ledPorts({ ...declaration, endpoints }, seen)))
      const sockets = proxy === 'whole' ? own : ['tcp [::]:7000 10.1.0.9:70']
      return sockets.length === 0 ? [] : [{ id, sockets, missing: [] }]
    })
    const observed = specs.observedOf({
      unserved: known(unserved),
      proxied: known(held),
      networks: seen,
      ...filter,
      listeners: listener ? [{ protocol: 'tcp', hostAddress: null, hostPort: 9090, holder: 'nginx (pid 12)' }] : [],
      subnets: subnet ? [{ subnet: '10.200.0.0/24', by: "the host's route", isBehindRouter: false }] : [],
      containers: present,
    })
    const desired = specs.desiredOf(
      members.flatMap(({ now }) => now ?? []),
      { networks: wanted.filter(one => one !== null) },
    )
    return { desired: withDefaultNetworks(desired, fills), observed, behaviours: {}, remotes: {} }
  })
