import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { memberHosts, type Member } from '../../../src/dataroot/rootfs/etc-text.ts'
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
