/** `state: paused`: a container that runs and stands still, whoever touches it, until its manifest says otherwise. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { cgroupOf, eventually, type Lab, makeLab, readText } from '../support/lab.ts'

const manifest = (state: string, more = '') => `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sh, -c, "trap 'exit 7' TERM; while :; do sleep 0.1; done"]
  state: ${state}
  stop: { grace: 30s }
  ${more}
`

const freezerOf = (pid: number) => `${cgroupOf(pid, 'freezer')}/freezer.state`
const stateOf = (pid: number) => readText(freezerOf(pid)).trim()
const docker = (lab: Lab, id: string) => {
  const { State } = JSON.parse(readFileSync(`${lab.root}/containers/${id}/config.v2.json`, 'utf8')) as {
    State: { Running: boolean; Paused: boolean }
  }
  return [State.Running, State.Paused]
}

test('pausing and resuming are changes in place, told as such, and Docker’s record says so', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest('running'))
  await lab.expect(0, '--once', file)
  const { id } = await lab.inspect('web')
  const pid = await lab.pid('web')
  lab.write('web.yaml', manifest('paused'))
  assert.match((await lab.expect(2, 'plan', file)).stdout, /~ container +web +pause +.*in place, pid \d+ keeps running/)
  const paused = (await lab.expect(0, '--once', file)).stdout
  assert.match(paused, /~ container web +paused +in place +\d+ms\n/)
  assert.equal(stateOf(pid), 'FROZEN')
  assert.deepEqual(docker(lab, id), [true, true])
  assert.match((await lab.expect(0, 'ps')).stdout, /web +[0-9a-f]{12} +paused \d+s +none/)
  assert.match((await lab.expect(0, 'inspect', 'web', 'fields')).stdout, /^frozen +yes +yes +yes *$/m)
  assert.match((await lab.expect(0, 'plan', file)).stdout, /nothing to do/)
  await lab.expect(0, '--once', file)
  assert.equal(stateOf(pid), 'FROZEN', 'a further --once keeps it')
  assert.equal((await lab.expect(1, 'exec', 'web', 'true')).stderr, 'web is paused\n')

  lab.write('web.yaml', manifest('running'))
  assert.match((await lab.expect(0, '--once', file)).stdout, /~ container web +resumed +in place/)
  assert.deepEqual([stateOf(pid), await lab.pid('web')], ['THAWED', pid])
  assert.deepEqual(docker(lab, id), [true, false])
  assert.match(
    (await lab.expect(0, 'why', 'web')).stdout,
    /paused, in place +manifest changed[^]*resumed, in place +manifest changed/,
  )
})

test('a paused container is made paused, restarted into it, and stopped with a signal that it hears', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', manifest('paused'))
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('web')
  assert.equal(stateOf(pid), 'FROZEN')
  await lab.expect(0, 'restart', 'web')
  const next = await lab.pid('web')
  assert.notEqual(next, pid)
  assert.equal(stateOf(next), 'FROZEN')
  lab.write('web.yaml', manifest('stopped'))
  const stopped = (await lab.expect(0, '--once', file)).stdout
  assert.match(stopped, /~ container web +resumed +in place[^]*stopped \(SIGTERM, exit 7, \d+ms\)/)
  const { id } = await lab.inspect('web')
  assert.deepEqual(docker(lab, id), [false, false])
  lab.write('web.yaml', manifest('paused'))
  await lab.expect(0, '--once', file)
  assert.match((await lab.expect(0, 'down', file)).stdout, /stopped \(SIGTERM, exit 7, \d+ms\) and removed/)
})

test('thawed by hand is drift: frozen again within a second under a watcher, also under the next one', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest('paused', 'limits: { memory: 64Mi }'))
  const first = lab.watch(lab.manifests)
  await first.until(/watching/)
  const pid = await lab.pid('web')
  await eventually(
    () => stateOf(pid) === 'FROZEN',
    20_000,
    () => stateOf(pid),
  )
  writeFileSync(freezerOf(pid), 'THAWED')
  await eventually(
    () => stateOf(pid) === 'FROZEN',
    2000,
    () => 'it was left thawed',
  )
  // limits change under it all the same
  lab.write('web.yaml', manifest('paused', 'limits: { memory: 96Mi }'))
  await first.until(/64Mi -> 96Mi/)
  await first.kill('SIGKILL')
  writeFileSync(freezerOf(pid), 'THAWED')
  assert.match(
    (await lab.expect(2, 'drift', lab.manifests)).stdout,
    /web +frozen +desired yes +recorded yes +kernel no +in place: freeze/,
  )
  const second = lab.watch(lab.manifests)
  await second.until(/watching/)
  await eventually(
    () => stateOf(pid) === 'FROZEN',
    2000,
    () => 'the next watcher left it thawed',
  )
  assert.equal(await lab.pid('web'), pid)
  assert.match((await lab.expect(0, 'why', 'web')).stdout, /frozen no -> yes, in place/)
})
