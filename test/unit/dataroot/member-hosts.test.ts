import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { memberHosts, memberNames, memberResolvConf } from '../../../src/dataroot/rootfs/etc-text.ts'
import type { Member } from '../../../src/dataroot/rootfs/seen-members.ts'
import type { NetworkRecord } from '../../../src/model/network.ts'
import { containerOf, idOf, recordOf } from '../../support/specs.ts'

const member = (name: string, id: number, on: readonly string[], aliases: readonly string[] = []): Member => ({
  id: idOf(id),
  declaration: recordOf(
    containerOf(name, { networks: on.map(network => ({ name: network, aliases, address: null, address6: null })) }),
  ),
  endpoints: Object.fromEntries(
    on.map((network, index) => [
      network,
      {
        networkId: idOf(99),
        interface: `eth${index}`,
        ipv4: `10.${index}.0.${id}`,
        ipv6: index === 0 ? `fd00::${id}` : null,
      },
    ]),
  ),
})

const linesOf = (own: Member, all: readonly Member[]) =>
  memberHosts(own, all)
    .split('\n')
    .filter(line => /^(10|fd)/.test(line))
    .map(line => line.replace('\t', ' '))

test('a member has its own addresses, and those of all on its networks by name, project and alias', () => {
  const web = member('shop/web', 2, ['front', 'back'])
  const db = member('shop/db', 3, ['back'], ['postgres'])
  const alone = member('alone', 4, ['side'])
  deepEqual(linesOf(web, [alone, db, web]), [
    '10.0.0.2 000000000002 web web.shop',
    'fd00::2 000000000002 web web.shop',
    '10.0.0.3 db db.shop postgres',
    'fd00::3 db db.shop postgres',
    '10.1.0.2 000000000002 web web.shop',
  ])
})

test('a name means the one of the own project, where two have it', () => {
  const [own, other, reader] = [
    member('a/db', 2, ['front']),
    member('b/db', 3, ['front']),
    member('a/web', 4, ['front']),
  ]
  deepEqual(
    linesOf(reader, [own, other, reader]).filter(line => line.startsWith('10')),
    ['10.0.0.2 db db.a', '10.0.0.3 db.b', '10.0.0.4 000000000004 web web.a'],
  )
})

test('a link is one more name of another, for its owner alone; host-gateway is the host on the first network', () => {
  const [own, db] = [member('shop/web', 2, ['front']), member('shop/db', 3, ['front'])]
  const web: Member = {
    ...own,
    gateway: '10.0.0.1',
    declaration: {
      ...own.declaration,
      links: [
        { container: 'db', alias: 'database' },
        { container: 'mall/db', alias: 'other' },
      ],
      extraHosts: [{ name: 'metal', address: 'host-gateway' }],
    },
  }
  deepEqual(
    linesOf(web, [db, web]).filter(line => line.startsWith('10')),
    ['10.0.0.1 metal', '10.0.0.3 db db.shop database', '10.0.0.2 000000000002 web web.shop'],
  )
  deepEqual(linesOf(db, [db, web])[0], '10.0.0.3 000000000003 db db.shop')
})

const networkOf = (id: number, internal: boolean): NetworkRecord => ({
  version: 1,
  id: idOf(id),
  name: 'front',
  labels: {},
  masquerade: true,
  internal,
  mtu: 1500,
  ipv4: { subnet: '10.0.0.0/24', gateway: '10.0.0.1' },
  ipv6: null,
  origin: { source: '/srv', file: '/srv/all.yaml', line: 1, column: 1 },
})

test('the resolver answers a member the same names; other names are asked elsewhere if one of its networks leads out', () => {
  const web = member('shop/web', 2, ['front'])
  const db = member('shop/db', 3, ['front'], ['postgres'])
  const seen = (internal: boolean) => JSON.parse(memberNames(web, [db, web], [networkOf(99, internal)]))
  deepEqual(seen(false), {
    version: 1,
    forward: true,
    servers: [],
    members: [
      { names: ['db', 'db.shop', 'postgres'], addresses: ['10.0.0.3', 'fd00::3'] },
      { names: ['web', 'web.shop', '000000000002'], addresses: ['10.0.0.2', 'fd00::2'] },
    ],
  })
  deepEqual(seen(true).forward, false)
  const declaration = {
    ...web.declaration,
    dns: ['192.0.2.5'],
    extraHosts: [{ name: 'metal', address: 'host-gateway' }],
  }
  const told = JSON.parse(memberNames({ ...web, declaration, gateway: '10.0.0.1' }, [], []))
  deepEqual(told.servers, ['192.0.2.5'])
  deepEqual(told.members, [{ names: ['metal'], addresses: ['10.0.0.1'] }])
  deepEqual(JSON.parse(memberNames(web, [web], [networkOf(98, false)])).forward, false, 'a network of others')
})

test('resolv.conf of a member names the resolver, and keeps the domains and options of the host', () => {
  const { declaration } = member('web', 2, ['front'])
  const text = (resolvConf: string) => memberResolvConf(declaration, { resolvConf })
  deepEqual(
    text('# x\nnameserver 192.0.2.1\nsearch a.test b.test\noptions edns0\nnameserver ::1\noptions ndots:2 trust-ad\n'),
    'search a.test b.test\nnameserver 127.0.0.11\noptions ndots:2 trust-ad\n',
  )
  deepEqual(text(''), 'nameserver 127.0.0.11\noptions ndots:0\n')
  const own = { ...declaration, dns: ['192.0.2.5'], dnsSearch: ['.'], dnsOptions: ['timeout:1'] }
  const host = { resolvConf: 'search a.test\n' }
  deepEqual(memberResolvConf(own, host), 'nameserver 127.0.0.11\noptions timeout:1 ndots:0\n')
})
