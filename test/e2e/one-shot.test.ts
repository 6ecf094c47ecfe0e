import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeLab, readText } from '../support/lab.ts'

const oneShot = (exit: number, word = 'ran') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: job }
spec:
  rootfs: host
  command: [sh, -c, "echo ${word} >> /out/runs; exit ${exit}"]
  mounts: ["runs:/out"]
  restart: { policy: "no" }
`

test('the exit of a one-shot is final for its spec', async t => {
  const lab = makeLab(t)
  const runs = () => readText(`${lab.root}/volumes/runs/_data/runs`)
  const file = lab.write('job.yaml', oneShot(7))
  await lab.expect(1, '--once', file)
  assert.equal(runs(), 'ran\n')
  for (let pass = 0; pass < 5; pass++) await lab.expect(1, '--once', file)
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  await sleep(1500)
  await watcher.kill('SIGTERM')
  assert.equal(runs(), 'ran\n')
  assert.match((await lab.expect(0, 'ps')).stdout, /job .*\(7\)/)

  lab.write('job.yaml', oneShot(0, 'again'))
  await lab.expect(0, '--once', file)
  assert.equal(runs(), 'ran\nagain\n')
  await lab.expect(0, '--once', file)
  assert.equal(runs(), 'ran\nagain\n')

  await lab.expect(0, 'restart', 'job')
  assert.equal(runs(), 'ran\nagain\nagain\n')
  assert.ok(existsSync(`${lab.root}/volumes/runs/_data`))
})
