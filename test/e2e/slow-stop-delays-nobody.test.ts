import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, makeLab } from '../support/lab.ts'

const slow = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: slow }
spec:
  rootfs: host
  command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
  stop: { grace: 20s }
  state: STATE
`
const quick = `
apiVersion: reconcile/v1
kind: Container
metadata: { name: quick }
spec: { rootfs: host, command: [sleep, "1000"] }
`

test('while one container takes 20 s to stop, another that crashes is back within a second', {
  timeout: 90_000,
}, async t => {
  const lab = makeLab(t)
  lab.write('slow.yaml', slow.replace('STATE', 'running'))
  lab.write('quick.yaml', quick)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const slowPid = await lab.pid('slow')
  const first = await lab.pid('quick')
  lab.write('slow.yaml', slow.replace('STATE', 'stopped'))
  const begun = performance.now()
  await eventually(
    async () => /slow .*stopping/.test((await lab.expect(0, 'ps')).stdout),
    10_000,
    () => `slow is not stopping:\n${watcher.output()}`,
  )

  process.kill(first, 'SIGKILL')
  let now = first
  const ms = await eventually(
    () => {
      const match = [...watcher.output().matchAll(/quick\s+(?:re)?started\s+pid (\d+)/g)].at(-1)
      now = Number(match?.[1] ?? first)
      return now !== first
    },
    1000,
    () => `quick is not back after a second:\n${watcher.output()}`,
  )
  t.diagnostic(`back after ${ms.toFixed(0)} ms`)
  assert.equal(await lab.pid('quick'), now)
  assert.equal(await lab.pid('slow'), slowPid, 'slow is still in its grace period')
  await eventually(
    async () => /slow .*exited|slow .*stopped/.test((await lab.expect(0, 'ps')).stdout),
    30_000,
    () => 'slow never ended',
  )
  const stopMs = performance.now() - begun
  assert.ok(stopMs > 19_000, `the grace period was 20 s; it ended after ${stopMs} ms`)
})
