/** Users are promised: containers come and go without leaving links. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { until, value } from './core-lab.ts'
import { connected, type NetworkLab, openNetworkLab } from './network-lab.ts'

const [turns, atOnce] = [25, 8]

test('two hundred starts and stops leave no link, and the next start never meets one of the last', async t => {
  const lab = await openNetworkLab(t)
  const bundles = Array.from({ length: atOnce }, (_, n) => connected(lab, ['sleep', '60'], n + 2))
  const begun = performance.now()
  for (let turn = 0; turn < turns; turn++) {
    lab.events.length = 0
    const runs = await Promise.all(bundles.map(({ plan }) => lab.core.start(plan, noLimits)))
    for (const run of runs) value(lab.core.signal(value(run).pid, value(run).startTicks, 9))
    for (const { containerId } of bundles) await lab.event({ type: 'exit', containerId, settled: true })
  }
  t.diagnostic(`${Math.round(performance.now() - begun)} ms for ${turns * atOnce}`)
  await until(() => ports(lab).length === 0, 'the last pairs to go')
  const left = (await lab.hostLinks()).filter(({ alias }) => alias?.includes(lab.rootId))
  assert.deepEqual(
    left.map(({ name }) => name),
    [lab.bridge.name],
  )
})

const ports = ({ bridge }: NetworkLab): string[] => readdirSync(`/sys/class/net/${bridge.name}/brif`)
