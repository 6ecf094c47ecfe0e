/** `init: true`: a small init is the container's first process. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, makeLab, readText } from '../support/lab.ts'

const box = (spec: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: box }
spec:
  rootfs: host
  user: "1000"
  ${spec}
`

test('an init reaps, hands on the stop signal, ends with the code of its child, and is no drift', async t => {
  const lab = makeLab(t)
  const path = lab.write(
    'box.yaml',
    box(`init: true\n  command: [sh, -c, "sh -c 'sleep 0.1 & exit'; exec sleep 1000"]`),
  )
  await lab.expect(0, '--once', path)
  const pid = await lab.pid('box')
  const status = readText(`/proc/${pid}/status`)
  assert.match(status, /^Name:\treconcile-init$/m)
  assert.match(status, /^Uid:\t1000\t1000\t1000\t1000$/m)
  const children = () => readText(`/proc/${pid}/task/${pid}/children`).trim().split(' ')
  await eventually(
    () => children().length === 1,
    20_000,
    () => children().join(' '),
  )
  assert.equal(readText(`/proc/${children()[0]}/cmdline`), 'sleep\x001000\0')
  assert.match((await lab.expect(0, 'plan', path)).stdout, /nothing to do/)
  const begun = Date.now()
  lab.write(
    'box.yaml',
    box(`init: true\n  state: stopped\n  command: [sh, -c, "sh -c 'sleep 0.1 & exit'; exec sleep 1000"]`),
  )
  const stopped = await lab.expect(0, '--once', path)
  assert.match(stopped.stdout, /exit 143/)
  assert.ok(Date.now() - begun < 5000, 'sleep has no handler for SIGTERM and heard it all the same')
})

test('a program that is not there fails the start as it does without an init', async t => {
  const lab = makeLab(t)
  const texts = []
  for (const init of ['false', 'true']) {
    const path = lab.write('box.yaml', box(`init: ${init}\n  restart: no\n  command: [nothing-of-that-name]`))
    const { stdout, stderr } = await lab.reconcile('--once', path)
    texts.push(/exec "nothing-of-that-name".*/.exec(stdout + stderr)?.[0])
    const { id } = await lab.inspect('box')
    const { State } = JSON.parse(readFileSync(`${lab.root}/containers/${id}/config.v2.json`, 'utf8'))
    assert.equal(State.ExitCode, 127)
  }
  assert.ok(texts[0])
  assert.equal(texts[0], texts[1])
})
