/** The units of `install-unit` under a real systemd. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually, makeLab } from '../../support/lab.ts'

const units = '/run/systemd/system'

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: aa }
spec:
  rootfs: host
  command: [sleep, "1000"]
  stop: { grace: 0s }
`

function systemctl(...args: readonly string[]): string {
  const ran = spawnSync('systemctl', args, { encoding: 'utf8', timeout: 90_000 })
  assert.equal(ran.status, 0, `systemctl ${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout.trim()
}
const shown = (name: string) => systemctl('show', '--value', '--property', name, 'reconcile.service')
const mainPid = () => Number(shown('MainPID'))

test('a watcher as a service: ready, restarted, hung and stopped without a container noticing', async t => {
  const lab = makeLab(t)
  lab.write('a.yaml', manifest)
  await lab.expect(0, 'install-unit', '--to', units, lab.manifests)
  mkdirSync(`${units}/reconcile.service.d`)
  writeFileSync(`${units}/reconcile.service.d/test.conf`, '[Service]\nWatchdogSec=8\n')
  systemctl('daemon-reload')

  // returns when the unit says that it is ready: the container runs
  systemctl('start', 'reconcile.service')
  const pid = await lab.pid('aa')
  assert.match(shown('StatusText'), /^watching .* \(1 file\), 1 container$/)

  const first = mainPid()
  systemctl('restart', 'reconcile.service')
  assert.notEqual(mainPid(), first)
  assert.equal(await lab.pid('aa'), pid)

  // one that answers no more is replaced
  const hung = mainPid()
  process.kill(hung, 'SIGSTOP')
  const isReplaced = () => mainPid() !== hung && mainPid() > 0 && shown('ActiveState') === 'active'
  await eventually(isReplaced, 60_000, () => `still ${mainPid()}, ${shown('ActiveState')}`)
  assert.equal(await lab.pid('aa'), pid)

  systemctl('stop', 'reconcile.service')
  assert.equal(shown('Result'), 'success')
  assert.equal(await lab.pid('aa'), pid)

  await lab.expect(0, 'down', lab.manifests)
  systemctl('start', 'reconcile-once.service')
  assert.notEqual(await lab.pid('aa'), pid)
})
