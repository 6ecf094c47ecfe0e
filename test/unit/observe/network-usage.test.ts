import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { readNetworkTotals } from '../../../src/observe/network-usage.ts'
import { labPrefix } from '../../support/leaks.ts'

const heading = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`
const lo =
  '    lo:  900       9    0    0    0     0          0         0      900       9    0    0    0     0       0          0\n'
const eth = (n: number) =>
  `  eth${n}: 1234${n}      12    0    0    0     0          0         0      567       5    0    0    0     0       0          0\n`

test('what went through all interfaces but the loopback; nothing where there is no other', t => {
  const proc = mkdtempSync(labPrefix)
  t.after(() => rmSync(proc, { recursive: true }))
  const at = (pid: number, text: string) => {
    mkdirSync(`${proc}/${pid}/net`, { recursive: true })
    writeFileSync(`${proc}/${pid}/net/dev`, heading + text)
    return readNetworkTotals(proc, pid)
  }
  deepEqual(at(7, lo + eth(0) + eth(1)), {
    receivedBytes: 24681,
    receivedPackets: 24,
    sentBytes: 1134,
    sentPackets: 10,
  })
  equal(at(8, lo), null)
  equal(readNetworkTotals(proc, 9), null)
})
