/** Users are promised: a switch of the host that networks need, or one of their bridges, is told when somebody has changed it. */
import { deepEqual } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { ObservedNetwork } from '../../../src/model/observed.ts'
import { seeSwitches } from '../../../src/observe/switches.ts'

const network = (id: string, rest: Partial<ObservedNetwork> = {}): ObservedNetwork => ({
  id: id.repeat(64),
  name: id,
  labels: {},
  ipv4: { subnet: '10.1.0.0/24', gateway: '10.1.0.1' },
  ipv6: null,
  masquerade: true,
  internal: false,
  mtu: 1500,
  origin: { source: '/srv', file: 'a.yaml', line: 1, column: 1 },
  ...rest,
})
const bridge = (id: string) => `rc-${id.repeat(12)}`
/** as the core sets them for a network with IPv6, and for an internal one without */
const right = {
  'ipv4/ip_forward': '1',
  'ipv6/conf/all/forwarding': '1',
  [`ipv4/conf/${bridge('a')}/forwarding`]: '1',
  [`ipv4/conf/${bridge('a')}/route_localnet`]: '1',
  [`ipv6/conf/${bridge('a')}/forwarding`]: '1',
  [`ipv6/conf/${bridge('a')}/disable_ipv6`]: '0',
  [`ipv6/conf/${bridge('a')}/accept_ra`]: '0',
  [`ipv4/conf/${bridge('b')}/forwarding`]: '1',
  [`ipv4/conf/${bridge('b')}/route_localnet`]: '0',
  [`ipv6/conf/${bridge('b')}/disable_ipv6`]: '1',
}

test('as the core sets them they are no drift; each that is another is told of its network', t => {
  const proc = mkdtempSync(join(tmpdir(), 'reconcile-test-proc-'))
  t.after(() => rmSync(proc, { recursive: true }))
  const faults = (changed: Record<string, string>) => {
    for (const [path, value] of Object.entries({ ...right, ...changed })) {
      const file = join(proc, 'sys/net', path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${value}\n`)
    }
    const six = { ipv6: { subnet: 'fd01::/64', gateway: 'fd01::1' } }
    return seeSwitches(proc, [network('a', six), network('b', { internal: true })]).flatMap(({ name, faults: all }) =>
      all?.known === true
        ? all.value.map(({ field, desired, kernel }) => `${name}: ${field} ${desired} -> ${kernel}`)
        : [],
    )
  }
  deepEqual(faults({}), [])
  deepEqual(faults({ [`ipv4/conf/${bridge('a')}/route_localnet`]: '0' }), [`a: ${bridge('a')} route_localnet 1 -> 0`])
  deepEqual(faults({ [`ipv4/conf/${bridge('b')}/route_localnet`]: '1' }), [`b: ${bridge('b')} route_localnet 0 -> 1`])
  deepEqual(faults({ [`ipv6/conf/${bridge('a')}/accept_ra`]: '2' }), [`a: ${bridge('a')} accept_ra 0 -> 2`])
  deepEqual(faults({ [`ipv6/conf/${bridge('b')}/disable_ipv6`]: '0' }), [`b: ${bridge('b')} disable_ipv6 1 -> 0`])
  deepEqual(faults({ [`ipv6/conf/${bridge('a')}/forwarding`]: '0' }), [`a: ${bridge('a')} forwarding6 1 -> 0`])
  const off = Object.fromEntries(
    ['ip_forward', `conf/${bridge('a')}/forwarding`, `conf/${bridge('b')}/forwarding`].map(path => [
      `ipv4/${path}`,
      '0',
    ]),
  )
  deepEqual(faults(off), ['a: net.ipv4.ip_forward 1 -> 0'], 'one switch for all is told once')
})
