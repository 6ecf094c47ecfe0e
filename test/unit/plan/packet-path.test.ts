/** Users are promised: `why NAME:PORT` names the first place where a packet to a published port ends, and what to do there. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { known, unknown } from '../../../src/model/errors.ts'
import type { LinkFault } from '../../../src/model/network-facts.ts'
import type { NftItem } from '../../../src/model/packet-filter.ts'
import type { InnerListener, PathFacts } from '../../../src/model/packet-path.ts'
import { firstBroken, hopsTo } from '../../../src/plan/packet-path.ts'

const ownTable = 'reconcile-0123456789ab'
const inet = { family: 'inet', table: ownTable }
const published = { protocol: 'tcp', hostAddress: null, hostPort: 8080, containerPort: 80 } as const
const dport = { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 8080 } }
const own: NftItem[] = [
  { chain: { ...inet, name: 'publish', type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' } },
  {
    rule: {
      ...inet,
      chain: 'publish',
      handle: 1,
      expr: [dport, { dnat: { family: 'ip', addr: '10.200.0.2', port: 80 } }],
    },
  },
]
const foreign = (table: string, name: string, policy: string): NftItem => ({
  chain: { family: 'ip', table, name, type: 'filter', hook: 'forward', prio: 0, policy },
})
const listening = (address: string | null, port = 80): InnerListener => ({
  protocol: 'tcp',
  address,
  port,
  holder: 'nginx (pid 7)',
})
const whole: PathFacts = {
  name: 'web',
  from: { kind: 'anyone' },
  members: new Map([['10.200.0.2', 'shop/web']]),
  published,
  proxy: null,
  protocol: 'tcp',
  containerPort: 80,
  notRunning: null,
  isFrozen: false,
  sharesHost: false,
  target: { network: 'shop', bridge: 'rc-1', interface: 'eth0', address: '10.200.0.2', family: 'ipv4' },
  hostAddresses: [
    { address: '127.0.0.1', device: 'lo' },
    { address: '192.0.2.1', device: 'wan' },
  ],
  incoming: 'wan',
  filter: known(own),
  ownTable,
  legacyTables: [],
  forwards: true,
  route: { destination: '10.200.0.0/24', device: 'rc-1' },
  networkFaults: known([]),
  linkFaults: known([]),
  listeners: known([listening(null)]),
}
const fault = (field: string, text: string): LinkFault => ({ field, desired: 'x', kernel: 'y', text })
/** `filter: policy drop …` and what to do */
const broken = (rest: Partial<PathFacts>) => {
  const hop = firstBroken(hopsTo({ ...whole, ...rest }))
  return hop === null ? null : [`${hop.at}: ${hop.text}`, hop.advice]
}
const putsBack = 'a watcher or `reconcile --once` puts it right'

test('a whole way is told hop by hop, in the order in which a packet goes', () => {
  const hops = hopsTo(whole)
  deepEqual(
    hops.map(({ at, verdict }) => `${at} ${verdict}`),
    ['address', 'rule', 'filter', 'answers', 'forwarding', 'bridge', 'route', 'process', 'interface', 'listener'].map(
      at => `${at} ok`,
    ),
  )
  equal(hops[0]?.text, 'any address of this host: 192.0.2.1')
  equal(hops[1]?.text, '8080/tcp leads to 10.200.0.2:80 (shop/web)')
  equal(hops.at(-1)?.text, 'nginx (pid 7) listens on 80/tcp')
})

test('address: the host must have it; the loopback is for its own programs', () => {
  const at = (hostAddress: string) => ({ published: { ...published, hostAddress } })
  deepEqual(broken(at('198.51.100.1')), [
    'address: no link of this host has 198.51.100.1',
    'give the address to a link, or publish on another one',
  ])
  equal(broken(at('192.0.2.1')), null)
  equal(broken(at('127.0.0.1')), null)
})

test('rule: our table, and in it the one that leads this port to this address', () => {
  deepEqual(broken({ filter: known([]) }), [`rule: table inet ${ownTable} is missing`, putsBack])
  deepEqual(broken({ filter: known(own.slice(0, 1)) }), [
    `rule: table inet ${ownTable} has no rule that leads 8080/tcp to 10.200.0.2:80 (shop/web)`,
    putsBack,
  ])
  const moved = { ...whole, target: { ...whole.target, address: '10.200.0.9' } } as PathFacts
  equal(firstBroken(hopsTo(moved))?.at, 'rule')
  equal(hopsTo({ ...whole, filter: unknown('nft: not permitted') })[1]?.verdict, 'unknown')
})

test("filter: another table's policy or rule is named with what to do in the words of its owner", () => {
  const docker = [
    foreign('filter', 'FORWARD', 'drop'),
    { chain: { family: 'ip', table: 'filter', name: 'DOCKER-USER' } },
  ]
  deepEqual(broken({ filter: known([...own, ...docker]) }), [
    'filter: policy drop of chain FORWARD in table ip filter',
    '`iptables -I DOCKER-USER -i rc-1 -j ACCEPT` and `iptables -I DOCKER-USER -o rc-1 -j ACCEPT`',
  ])
  const rule = { family: 'ip', table: 'mine', chain: 'fwd', handle: 9, expr: [{ drop: null }] }
  deepEqual(broken({ filter: known([...own, foreign('mine', 'fwd', 'accept'), { rule }]) }), [
    'filter: rule with handle 9 of chain fwd in table ip mine drops it',
    '`nft insert rule ip mine fwd iifname rc-1 accept` and `nft insert rule ip mine fwd oifname rc-1 accept`',
  ])
})

test('answers: who lets packets in may still drop what comes back', () => {
  const into = { match: { op: '==', left: { meta: { key: 'oifname' } }, right: 'rc-1' } }
  const rule = { family: 'ip', table: 'filter', chain: 'FORWARD', handle: 4, expr: [into, { accept: null }] }
  equal(
    broken({ filter: known([...own, foreign('filter', 'FORWARD', 'drop'), { rule }]) })?.[0],
    'answers: policy drop of chain FORWARD in table ip filter',
  )
})

test('iptables-legacy is told, since nothing of it is seen', () => {
  const hops = hopsTo({ ...whole, legacyTables: ['nat', 'filter'] })
  deepEqual(
    hops.filter(({ verdict }) => verdict === 'unknown').map(({ at, advice }) => [at, advice]),
    [['filter', 'look with `iptables-legacy -S FORWARD`']],
  )
})

test('forwarding, route, bridge, process, interface: each by itself', () => {
  deepEqual(broken({ forwards: false }), ['forwarding: net.ipv4.ip_forward is 0', putsBack])
  deepEqual(broken({ route: { destination: '10.200.0.0/16', device: 'tun0' } }), [
    'route: 10.200.0.2 (shop/web) is routed to tun0 by 10.200.0.0/16',
    'take the route 10.200.0.0/16 away, or give network shop another subnet',
  ])
  equal(broken({ route: null })?.[0], 'route: this host has no route to 10.200.0.2 (shop/web)')
  equal(broken({ networkFaults: known([fault('rc-1', 'rc-1 is down')]), route: null })?.[0], 'bridge: rc-1 is down')
  deepEqual(broken({ notRunning: 'exited (1)' }), [
    'process: web is not running: exited (1)',
    '`reconcile why web` tells why',
  ])
  equal(broken({ isFrozen: true })?.[0], 'process: web is paused')
  equal(
    broken({ linkFaults: known([fault('eth0 bridge', 'eth0 is not on rc-1')]) })?.[0],
    'interface: eth0 is not on rc-1',
  )
})

test('listener: nobody, another port, or the loopback inside alone', () => {
  deepEqual(broken({ listeners: known([listening('127.0.0.1')]) }), [
    'listener: nginx (pid 7) listens on 127.0.0.1 alone, which only the container itself reaches',
    'let it listen on 0.0.0.0:80',
  ])
  equal(
    broken({ listeners: known([listening(null, 3000)]) })?.[0],
    'listener: nobody in it listens on 80/tcp: it listens on 3000/tcp',
  )
  equal(broken({ listeners: known([]) })?.[0], 'listener: nobody in it listens on 80/tcp: it listens on no port')
  equal(broken({ listeners: known([listening('10.200.0.2')]) }), null)
})

test('the first of several is named', () => {
  equal(
    broken({ forwards: false, listeners: known([]), filter: known([]) })?.[0],
    `rule: table inet ${ownTable} is missing`,
  )
})

test('what is not published is looked at from its networks, what shares the host by its sockets, and what is on no network not at all', () => {
  deepEqual(
    hopsTo({ ...whole, published: null }).map(({ at }) => at),
    ['bridge', 'route', 'process', 'interface', 'listener'],
  )
  const shared = hopsTo({
    ...whole,
    published: null,
    target: null,
    sharesHost: true,
    listeners: known([listening('192.0.2.1')]),
  })
  deepEqual(
    shared.map(({ at, verdict }) => `${at} ${verdict}`),
    ['process ok', 'listener ok'],
  )
  equal(broken({ target: null })?.[0], 'interface: it is on no network that leads to this port')
})

test('proxy: a port without rules is a socket of the host; who keeps others from it is named, and forwarding is not needed', () => {
  const by = (isHeld: boolean, rest: Partial<PathFacts> = {}, holder: string | null = null) =>
    ({
      proxy: { isHeld: known(isHeld), holder },
      forwards: false,
      filter: known([]),
      ...rest,
    }) satisfies Partial<PathFacts>
  const hops = hopsTo({ ...whole, ...by(true) })
  deepEqual(
    hops.map(({ at, verdict }) => `${at} ${verdict}`),
    ['address', 'proxy', 'filter', 'answers', 'bridge', 'route', 'process', 'interface', 'listener'].map(
      at => `${at} ok`,
    ),
  )
  equal(hops[1]?.text, 'the proxy has 8080/tcp, and hands on to 10.200.0.2:80 (shop/web)')
  deepEqual(broken(by(false)), ['proxy: the proxy has not 8080/tcp of this host', putsBack])
  deepEqual(broken(by(false, {}, 'nginx (pid 9)')), [
    'proxy: nginx (pid 9) has 8080/tcp of this host, not the proxy',
    'stop that, or publish another port',
  ])
  const input: NftItem = {
    chain: { family: 'ip', table: 'filter', name: 'INPUT', type: 'filter', hook: 'input', prio: 0, policy: 'drop' },
  }
  equal(broken(by(true, { filter: known([input]) }))?.[0], 'filter: policy drop of chain INPUT in table ip filter')
  const noNft = by(true, { filter: unknown('the program nft is missing (package nftables)') })
  equal(firstBroken(hopsTo({ ...whole, ...noNft })), null)
  const silent = { proxy: { isHeld: unknown('no answer'), holder: null } }
  equal(hopsTo({ ...whole, ...silent })[1]?.verdict, 'unknown')
})
