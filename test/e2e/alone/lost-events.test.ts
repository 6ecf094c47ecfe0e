/**
 * A limit that somebody writes while a container's watch is being set up is seen all the same: at once by its event, or by the look
 * that follows the registration. The watcher's periodic sweep comes only after 30 s, so none of these heals is its work.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, eventually, makeLab, readText } from '../../support/lab.ts'
import { randomOf } from '../../soak/random.ts'

const containers = 8
/** fewer than the heals after which a field counts as fought over */
const rounds = 4
const beforeSweepMs = 30_000

const manifest = (name: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 0s }, limits: { memory: 64Mi, pids: 32 } }
`
const wanted = String(64 * 2 ** 20)

test('limits written around the moment in which a new run is watched are healed by their events', async t => {
  const seed = Date.now() % 1_000_000
  const random = randomOf(seed)
  const lab = makeLab(t)
  const names = Array.from({ length: containers }, (_, i) => `c${i}`)
  for (const name of names) lab.write(`${name}.yaml`, manifest(name))
  let healed = 0
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now()
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    await Promise.all(
      names.map(async name => {
        const before = await lab.pid(name)
        const file = `${cgroupOf(before, 'memory')}/memory.limit_in_bytes`
        process.kill(before, 'SIGKILL')
        // the new run's cgroup is made and its limits are written; its watch may be there, or not yet
        await eventually(
          () => hasRun(file, before),
          5000,
          () => `no new run of ${name}\n${watcher.output()}`,
        )
        await sleep(random.below(25))
        writeFileSync(file, '33554432')
        await eventually(
          () => readText(file).trim() === wanted,
          1500,
          () => `seed ${seed}, ${name}: ${file} has ${readText(file)} after 1.5 s\n${watcher.output()}`,
        )
        healed++
      }),
    )
    assert.ok(performance.now() - begunMs < beforeSweepMs, 'it took so long that the sweep may have healed')
    await watcher.kill('SIGKILL')
  }
  t.diagnostic(`${healed} of ${healed} writes were healed`)
})

/** A process that is not `before` is in the cgroup, under the wanted limit. */
function hasRun(file: string, before: number): boolean {
  const [first] = readText(join(dirname(file), 'cgroup.procs')).split('\n')
  return first !== undefined && first !== '' && Number(first) !== before && readText(file).trim() === wanted
}
