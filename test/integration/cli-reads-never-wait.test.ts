/** Commands that only look don't wait for a pass, however long it takes; one that changes says for whom it waits. */
import { match } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { makeLab } from '../support/lab.ts'

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { rootfs: host, command: [sh, -c, "echo up; exec sleep 1000"] }
`
const reads: readonly (readonly string[])[] = [
  ['ps'],
  ['why', 'web'],
  ['inspect', 'web'],
  ['logs', 'web'],
  ['drift', 'MANIFESTS'],
  ['plan', 'MANIFESTS'],
  ['volumes'],
  ['exec', 'web', 'true'],
]

test('while a pass holds the lock, everything can be looked at', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', manifest)
  await lab.expect(0, '--once', lab.manifests)
  const holder = spawn('flock', ['--exclusive', '--no-fork', `${lab.root}/reconcile.lock`, 'sleep', '100'])
  t.after(() => holder.kill('SIGKILL'))
  const waiting = lab.watch('--once', lab.manifests)
  await waiting.until(/waiting for another pass to end \(it holds .*reconcile\.lock\)/)
  await Promise.all(reads.map(args => lab.expect(0, ...args.map(arg => (arg === 'MANIFESTS' ? lab.manifests : arg)))))
  holder.kill('SIGKILL')
  await once(waiting.child, 'close')
  match(waiting.output(), /nothing to do/)
})
