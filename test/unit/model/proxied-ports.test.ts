import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { heldPorts, type LedPort, proxiedPorts, socketTexts } from '../../../src/model/proxied-ports.ts'

const port = (hostAddress: string | null, ipv6: string | null, more: Partial<LedPort> = {}): LedPort => ({
  protocol: 'tcp',
  hostAddress,
  hostPort: 8080,
  containerPort: 80,
  ipv4: '10.200.0.2',
  ipv6,
  ...more,
})
const texts = (ports: readonly LedPort[], isFiltered: boolean) =>
  socketTexts(proxiedPorts({ ports: [...ports], isFiltered }))

test('beside the packet filter the proxy has the loopback of IPv6, and all of IPv6 for a container without such an address', () => {
  deepEqual(texts([port(null, 'fd00::2')], true), ['tcp [::1]:8080 [fd00::2]:80'])
  deepEqual(texts([port(null, null)], true), ['tcp [::]:8080 10.200.0.2:80'])
  deepEqual(texts([port('::1', 'fd00::2')], true), ['tcp [::1]:8080 [fd00::2]:80'])
  deepEqual(texts([port('::1', null)], true), ['tcp [::1]:8080 10.200.0.2:80'])
  deepEqual(texts([port('2001:db8::1', null)], true), ['tcp [2001:db8::1]:8080 10.200.0.2:80'])
  deepEqual(texts([port('2001:db8::1', 'fd00::2'), port('127.0.0.1', null), port('192.0.2.1', 'fd00::2')], true), [])
})

test('without a packet filter it has every published port', () => {
  deepEqual(texts([port(null, 'fd00::2')], false), ['tcp 0.0.0.0:8080 10.200.0.2:80', 'tcp [::]:8080 [fd00::2]:80'])
  deepEqual(texts([port('127.0.0.1', 'fd00::2')], false), ['tcp 127.0.0.1:8080 10.200.0.2:80'])
  deepEqual(texts([port('::1', null)], false), ['tcp [::1]:8080 10.200.0.2:80'])
})

test('ports that follow one another are one text, whatever their order', () => {
  const range = [3, 0, 1, 2].map(n => port(null, null, { hostPort: 9000 + n, containerPort: 90 + n }))
  const others = [port(null, null, { hostPort: 9004, containerPort: 95 }), port(null, null, { protocol: 'udp' })]
  deepEqual(texts([...others, ...range], true), [
    'tcp [::]:9000-9003 10.200.0.2:90-93',
    'tcp [::]:9004 10.200.0.2:95',
    'udp [::]:8080 10.200.0.2:80',
  ])
  deepEqual(heldPorts('tcp [::]:9000-9003 10.200.0.2:90-93'), {
    protocol: 'tcp',
    address: '::',
    first: 9000,
    last: 9003,
  })
  deepEqual(heldPorts('udp 127.0.0.1:53 10.200.0.2:53'), { protocol: 'udp', address: '127.0.0.1', first: 53, last: 53 })
  equal(heldPorts('rubbish'), null)
})
