import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  addressText,
  contains,
  isHostAddress,
  lowestFree,
  overlaps,
  parseAddress,
  parsePrefix,
  type Prefix,
  prefixText,
  sizeOf,
} from '../../../src/model/address.ts'

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text)
  notEqual(parsed, null, text)
  return parsed as Prefix
}
const address = (text: string) => parseAddress(text) ?? { family: 'ipv4' as const, value: -1n }

test('an address has one text, the shortest of IPv6 (RFC 5952)', () => {
  for (const [written, text] of [
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:0:0:1:0:0:1:1', '2001::1:0:0:1:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::', '::'],
    ['fd00::', 'fd00::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ] as const)
    equal(addressText(address(written)), text, written)
})

test('what is no address is none, also what others read as octal', () => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    '12345::',
    'fe80::1%eth0',
  ])
    equal(parseAddress(text), null, text)
})

test('the same texts are addresses here as in Node', () => {
  const part = fc.constantFrom('0', '00', '1', '9f', 'ffff', '10000', '255', '256', '1.2.3.4', '')
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 9 }), fc.constantFrom('.', ':'), (parts, mark) => {
      const text = parts.join(mark)
      equal(parseAddress(text) !== null, isIP(text) !== 0, text)
    }),
    { numRuns: 2000 },
  )
})

test('every address comes back from its text', () => {
  const any = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map(value => ({ family: 'ipv4' as const, value })),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(value => ({ family: 'ipv6' as const, value })),
  )
  fc.assert(
    fc.property(any, one => {
      deepEqual(parseAddress(addressText(one)), one)
      notEqual(isIP(addressText(one)), 0)
    }),
  )
})

test('two subnets overlap exactly when they share an address', () => {
  const some = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
    .map(([last, length]) => prefix(`10.0.0.${last}/${length}`))
  fc.assert(
    fc.property(some, some, (a, b) => {
      const shared = Array.from({ length: 256 }, (_, last) => address(`10.0.0.${last}`)).some(
        one => contains(a, one) && contains(b, one),
      )
      equal(overlaps(a, b), shared, `${prefixText(a)} ${prefixText(b)}`)
    }),
  )
  equal(overlaps(prefix('::/0'), prefix('0.0.0.0/0')), false)
})

test('the lowest free address is one for a host, and the first that is left', () => {
  const net = prefix('10.0.0.0/29')
  const taken = new Set<bigint>()
  const given: string[] = []
  for (let free = lowestFree(net, taken); free !== null; free = lowestFree(net, taken)) {
    taken.add(free.value)
    given.push(addressText(free))
  }
  deepEqual(
    given,
    [1, 2, 3, 4, 5, 6].map(last => `10.0.0.${last}`),
  )
  equal(isHostAddress(net, address('10.0.0.7')), false)
  equal(isHostAddress(net, address('10.0.0.0')), false)
  equal(isHostAddress(prefix('fd00::/126'), address('fd00::3')), true)
  equal(sizeOf(prefix('fd00::/64')), 2n ** 64n)
})
