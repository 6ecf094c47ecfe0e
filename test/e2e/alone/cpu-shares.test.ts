import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, makeLab, readText } from '../../support/lab.ts'

const busy = (name: string, limits: string, command = '["sh", "-c", "while :; do :; done"]') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: ${command}, limits: { ${limits} } }
---
`
const usageNs = (pid: number) => Number(readText(`${cgroupOf(pid, 'cpuacct')}/cpuacct.usage`))

async function usedOver(ms: number, pids: readonly number[]): Promise<{ wallMs: number; usedMs: number[] }> {
  const begun = performance.now()
  const before = pids.map(usageNs)
  await sleep(ms)
  const usedMs = pids.map((pid, i) => (usageNs(pid) - (before[i] ?? 0)) / 1e6)
  return { wallMs: performance.now() - begun, usedMs }
}

test('two busy containers share one processor as their shares say, and an idle one gives its part away', {
  timeout: 90_000,
}, async t => {
  const lab = makeLab(t)
  const pair = (first: string) =>
    busy('aa', 'cpuShares: 1000, cpusetCpus: "0"', first) + busy('bb', 'cpuShares: 500, cpusetCpus: "0"')
  const file = lab.write('shares.yaml', pair('["sh", "-c", "while :; do :; done"]'))
  await lab.expect(0, '--once', file)
  const { wallMs, usedMs } = await usedOver(10_000, [await lab.pid('aa'), await lab.pid('bb')])
  const ratio = (usedMs[0] ?? 0) / (usedMs[1] ?? 1)
  t.diagnostic(`over ${wallMs.toFixed(0)} ms: ${ratio.toFixed(3)} : 1`)
  assert.ok(ratio > 1.8 && ratio < 2.2, `2 : 1 expected, seen ${ratio}`)

  lab.write('shares.yaml', pair('[sleep, "1000"]'))
  await lab.expect(0, '--once', file)
  const busyPid = await lab.pid('bb')
  const others = await otherUse(() => usedOver(5_000, [busyPid]))
  t.diagnostic(`alone: ${others.share.toFixed(3)} of the processor`)
  assert.ok(others.share > 0.8, `b has the processor to itself, seen ${others.share}`)
})

/** b's share of processor 0's time that nobody outside the containers took. */
async function otherUse(measure: () => Promise<{ wallMs: number; usedMs: number[] }>): Promise<{ share: number }> {
  const before = processorMs()
  const { usedMs } = await measure()
  const after = processorMs()
  const used = usedMs[0] ?? 0
  // What the rest of this shared machine ran on processor 0 meanwhile is not b's to have.
  const othersMs = Math.max(0, after.busy - before.busy - used)
  return { share: used / Math.max(1, after.total - before.total - othersMs) }
}

function processorMs(): { busy: number; total: number } {
  const fields = (/^cpu0 (.*)$/m.exec(readText('/proc/stat'))?.[1] ?? '').trim().split(/\s+/).slice(0, 8).map(Number)
  const total = fields.reduce((sum, ticks) => sum + ticks, 0) * 10
  const idle = ((fields[3] ?? 0) + (fields[4] ?? 0)) * 10
  return { busy: total - idle, total }
}

test('a quota of 20000 of 100000 holds a busy container at a fifth of a processor', { timeout: 60_000 }, async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('quota.yaml', busy('quota', 'cpuPeriod: 100000, cpuQuota: 20000')))
  const { wallMs, usedMs } = await usedOver(5_000, [await lab.pid('quota')])
  const share = (usedMs[0] ?? 0) / wallMs
  t.diagnostic(`the quota of 0.2 gave ${share.toFixed(3)}`)
  assert.ok(share > 0.15 && share < 0.23, `0.2 expected, seen ${share}`)
})
