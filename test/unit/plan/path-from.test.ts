/** Users are promised: `why NAME:PORT --from X` follows a packet from X's process, and names the first place where it ends. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { known } from '../../../src/model/errors.ts'
import type { NftItem } from '../../../src/model/packet-filter.ts'
import type { ContainerSender, PathFacts } from '../../../src/model/packet-path.ts'
import { firstBroken, hopsTo } from '../../../src/plan/packet-path.ts'

const ownTable = 'reconcile-0123456789ab'
const published = { protocol: 'tcp', hostAddress: null, hostPort: 8080, containerPort: 80 } as const
const subnet = { destination: '10.200.0.0/24', device: 'eth0' }
const app: ContainerSender = {
  kind: 'container',
  name: 'app',
  notRunning: null,
  isFrozen: false,
  way: 'network',
  networks: { own: ['shop'], its: ['shop'], unfiltered: [] },
  leaves: { network: 'shop', bridge: 'rc-1', interface: 'eth0', address: '10.200.0.3' },
  aim: '10.200.0.2',
  linkFaults: known([]),
  route: known(subnet),
  names: { name: 'web', withProject: 'web.shop', hosts: known(new Map([['web', '10.200.0.2']])), isServed: true },
  filtersBridges: false,
  insteadPort: null,
}
const facts: PathFacts = {
  name: 'shop/web',
  from: app,
  members: new Map([
    ['10.200.0.2', 'shop/web'],
    ['10.200.0.3', 'app'],
    ['10.201.0.9', 'web'],
  ]),
  published: null,
  proxy: null,
  protocol: 'tcp',
  containerPort: 80,
  notRunning: null,
  isFrozen: false,
  sharesHost: false,
  target: { network: 'shop', bridge: 'rc-1', interface: 'eth0', address: '10.200.0.2', family: 'ipv4' },
  hostAddresses: [],
  incoming: 'rc-1',
  filter: known([]),
  ownTable,
  legacyTables: [],
  forwards: true,
  route: { destination: '10.200.0.0/24', device: 'rc-1' },
  networkFaults: known([]),
  linkFaults: known([]),
  listeners: known([{ protocol: 'tcp', address: null, port: 80, holder: 'nginx (pid 7)' }]),
}
const hops = (sender: Partial<ContainerSender>, rest: Partial<PathFacts> = {}) =>
  hopsTo({ ...facts, from: { ...app, ...sender }, ...rest })
const broken = (sender: Partial<ContainerSender>, rest: Partial<PathFacts> = {}) => {
  const hop = firstBroken(hops(sender, rest))
  return hop === null ? null : [`${hop.at}: ${hop.text}`, hop.advice]
}
const policy = (hook: string, name: string, more: Partial<NonNullable<NftItem['chain']>> = {}): NftItem => ({
  chain: { family: 'ip', table: 'filter', name, type: 'filter', hook, prio: 0, policy: 'drop', ...more },
})
const putsBack = 'a watcher or `reconcile --once` puts it right'

test('from a member of one network: each hop in its order, members by name where an address is told', () => {
  deepEqual(
    hops({}).map(({ at, verdict, text }) => `${verdict} ${at}: ${text}`),
    [
      'ok sender: app runs',
      'ok network: both are on network shop',
      'ok name: web is 10.200.0.2 (shop/web) for app',
      'ok leaves: eth0 has 10.200.0.3 (app)',
      'ok leaves: 10.200.0.2 (shop/web) leaves by eth0',
      'ok filter: frames of one bridge go through no rules of the host',
      'ok bridge: rc-1 of network shop is as applied',
      'ok process: shop/web runs',
      'ok interface: eth0 has 10.200.0.2 (shop/web)',
      'ok listener: nginx (pid 7) listens on 80/tcp',
    ],
  )
})

test('the sender: it must run, with its interface and its routes', () => {
  deepEqual(broken({ notRunning: 'exited (1)' }), [
    'sender: app is not running: exited (1)',
    '`reconcile why app` tells why',
  ])
  equal(broken({ isFrozen: true })?.[0], 'sender: app is paused')
  const lacking = { field: 'eth0 address', desired: 'x', kernel: 'y', text: 'eth0 lacks 10.200.0.3/24' }
  deepEqual(broken({ linkFaults: known([lacking]) }), ['leaves: eth0 lacks 10.200.0.3/24', putsBack])
  deepEqual(broken({ route: known(null) }), ['leaves: it has no route to 10.200.0.2 (shop/web)', putsBack])
  equal(
    broken({ route: known({ destination: '10.0.0.0/8', device: 'tun0' }) })?.[0],
    'leaves: 10.200.0.2 (shop/web) leaves by tun0, by its own route 10.0.0.0/8',
  )
})

test('names: as the sender finds it, who else has the name, and a resolver that is silent', () => {
  const names = (hosts: readonly (readonly [string, string])[], isServed = true) => ({
    names: { name: 'web', withProject: 'web.shop', hosts: known(new Map(hosts)), isServed },
  })
  deepEqual(broken(names([])), ['name: app does not know web: it is not in its /etc/hosts', putsBack])
  const both = [
    ['web', '10.201.0.9'],
    ['web.shop', '10.200.0.2'],
  ] as const
  equal(hops(names(both))[2]?.text, 'web.shop is 10.200.0.2 (shop/web) for app; web alone is 10.201.0.9 (web) there')
  equal(broken(names([['web', '10.201.0.9']]))?.[0], 'name: web is 10.201.0.9 (web) for app')
  const silent = hops(names([['web', '10.200.0.2']], false))[2]
  equal(silent?.verdict, 'unknown')
  equal(
    silent?.text,
    "web is 10.200.0.2 (shop/web) for app in /etc/hosts, but 127.0.0.11 does not answer: programs that ask it alone don't find it",
  )
})

test('on one bridge rules count where bridged packets go through them', () => {
  const filter = known([policy('forward', 'FORWARD')])
  equal(broken({}, { filter }), null)
  deepEqual(broken({ filtersBridges: true }, { filter }), [
    'filter: bridged packets go through the rules (net.bridge.bridge-nf-call-iptables is 1): policy drop of chain FORWARD in table ip filter',
    '`iptables -I FORWARD -i rc-1 -j ACCEPT` and `iptables -I FORWARD -o rc-1 -j ACCEPT`',
  ])
  const frames = hops({}, { filter: known([policy('forward', 'f', { family: 'bridge', table: 'mine' })]) })
  equal(
    frames.find(({ verdict }) => verdict === 'unknown')?.text,
    'table bridge mine filters frames, which is not judged here',
  )
})

test('a port of the host is told as the one that members ask for', () => {
  deepEqual(broken({ insteadPort: 80 }, { containerPort: 8080 }), [
    'listener: nobody in it listens on 8080/tcp: it listens on 80/tcp',
    '8080 is its port on this host: app asks for shop/web:80',
  ])
})

const other = {
  way: 'host',
  networks: { own: ['blog'], its: ['shop'], unfiltered: [] },
  leaves: { network: 'blog', bridge: 'rc-2', interface: 'eth0', address: '10.201.0.2' },
  aim: '10.201.0.1',
  route: known({ destination: '10.201.0.0/24', device: 'eth0' }),
} as const

test('networks do not reach each other but by published ports, through the host', () => {
  deepEqual(broken({ ...other, way: 'none' }), [
    'network: they share no network, and 80/tcp is not published: app is on blog, shop/web is on shop',
    'name one network in `networks` of app and shop/web, or publish 80/tcp',
  ])
  equal(
    broken({ ...other, way: 'none', leaves: null }, { published })?.[0],
    'network: they share no network, and nothing leaves internal networks: app is on blog, shop/web is on shop',
  )
  equal(
    broken({ way: 'none', networks: { own: [], its: ['shop'], unfiltered: [] } })?.[0],
    'network: app is on no network',
  )
  const open = { own: ['blog'], its: ['shop'], unfiltered: ['shop'] }
  const forwarded = { ...other, way: 'none', networks: open } as const
  equal(broken(forwarded), null)
  equal(hops(forwarded)[1]?.verdict, 'unknown')
  const through = hops(other, { published })
  equal(
    through[1]?.text,
    'they share no network: through 10.201.0.1, this host on network blog, whose 8080/tcp is published',
  )
  equal(firstBroken(through)?.text, `table inet ${ownTable} is missing`)
  equal(
    broken(other, { published: { ...published, hostAddress: '127.0.0.1' } })?.[0],
    'network: they share no network, and 127.0.0.1:8080/tcp is for programs of this host alone',
  )
})

test('who has the host’s network is reached as the host; what drops packets to it is named in the words of its owner', () => {
  const host = { published: null, target: null, sharesHost: true }
  equal(broken(other, host), null)
  deepEqual(broken(other, { ...host, filter: known([policy('input', 'INPUT')]) }), [
    'filter: policy drop of chain INPUT in table ip filter',
    '`iptables -I INPUT -i rc-2 -j ACCEPT`',
  ])
  const ufw = [policy('input', 'INPUT'), { chain: { family: 'ip', table: 'filter', name: 'ufw-before-input' } }]
  equal(broken(other, { ...host, filter: known(ufw) })?.[1], '`ufw allow in on rc-2`')
})

test('from this host, and from other hosts', () => {
  const from = (sender: PathFacts['from'], rest: Partial<PathFacts> = {}) =>
    firstBroken(hopsTo({ ...facts, from: sender, ...rest }))
  equal(from({ kind: 'host' }), null)
  const filter = known([policy('output', 'OUTPUT')])
  equal(from({ kind: 'host' }, { filter })?.advice, '`iptables -I OUTPUT -o rc-1 -j ACCEPT`')
  const outside = { kind: 'outside', address: null, isRouted: true } as const
  equal(from(outside)?.text, '80/tcp is not published: other hosts reach published ports alone')
  const local = { ...published, hostAddress: '127.0.0.1' }
  equal(from(outside, { published: local })?.text, '127.0.0.1:8080/tcp is for programs of this host alone')
  const lead = { match: { left: {}, op: '==', right: 8080 } }
  const rules: NftItem[] = [
    { chain: { family: 'inet', table: ownTable, name: 'publish' } },
    {
      rule: {
        family: 'inet',
        table: ownTable,
        chain: 'publish',
        handle: 1,
        expr: [lead, { dnat: { addr: '10.200.0.2', port: 80 } }],
      },
    },
  ]
  const lost = { kind: 'outside', address: '198.51.100.7', isRouted: false } as const
  equal(from(lost, { published, filter: known(rules) })?.text, 'this host has no route to 198.51.100.7')
  equal(from({ ...lost, isRouted: true }, { published, filter: known(rules) }), null)
})

test('itself', () => {
  deepEqual(
    hops({ way: 'itself' }).map(({ at, verdict }) => `${at} ${verdict}`),
    ['sender ok', 'network ok', 'process ok', 'interface ok', 'listener ok'],
  )
})
