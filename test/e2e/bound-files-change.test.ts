import { equal, match, ok } from 'node:assert/strict'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, makeLab } from '../support/lab.ts'

const script = 'trap "echo heard \\$(cat /etc/site.conf)" HUP; while :; do sleep 0.02; done'

const container = (name: string, source: string, onChange: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sh, -c, '${script}']
  stop: { signal: SIGKILL, grace: 0s }
  mounts:
    - { type: bind, source: ${source}, target: /etc/site.conf${onChange} }
`

/** Long before the sweep, which comes after 30 s. */
const promiseMs = 1000

test('under a watcher a saved file is answered within a second: by a signal, by a restart, by a line; why keeps each', async t => {
  const lab = makeLab(t)
  const file = `${lab.folder}/site.conf`
  writeFileSync(file, 'first')
  lab.write('signal.yaml', container('signal', file, ', onChange: { signal: SIGHUP }'))
  lab.write('restart.yaml', container('restart', file, ', onChange: restart'))
  lab.write('told.yaml', container('told', file, ''))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const [signal, restart, told] = [await lab.pid('signal'), await lab.pid('restart'), await lab.pid('told')]
  await eventually(
    () => /^SigCgt:\t0*[^0]/m.test(readFileSync(`/proc/${signal}/status`, 'utf8')),
    20_000,
    () => 'no trap',
  )
  writeFileSync(file, 'second')
  const begun = performance.now()
  await watcher.until(/signal +SIGHUP sent.*site\.conf changed/, promiseMs)
  const sentMs = performance.now() - begun
  await watcher.until(/restart +stopping/, promiseMs)
  await watcher.until(/told +.*site\.conf changed/, promiseMs)
  writeFileSync(`${file}.new`, 'third')
  renameSync(`${file}.new`, file)
  await eventually(
    async () => /heard third/.test((await lab.reconcile('logs', 'signal')).stdout),
    promiseMs * 2,
    () => `never heard of the third\n${watcher.output()}`,
  )
  equal(await lab.pid('signal'), signal)
  equal(await lab.pid('told'), told)
  ok((await lab.pid('restart')) !== restart)
  const why = async (name: string) => (await lab.expect(0, 'why', name)).stdout
  equal((await why('signal')).match(/SIGHUP sent +.*site\.conf changed/g)?.length, 2)
  match(await why('restart'), /stop begun, SIGKILL +.*site\.conf changed/)
  equal((await why('told')).match(/told +.*site\.conf changed/g)?.length, 2)
  await lab.expect(0, 'plan', lab.manifests)
  t.diagnostic(`the signal was sent ${sentMs.toFixed(0)} ms after the save`)
})
