import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostCommand } from '../support/host-command.ts'
import { eventually, type Lab, makeLab, readText } from '../support/lab.ts'

const container = (name: string, more: string) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  stop: { grace: 0s }
${more}
`

const web = (lab: Lab) =>
  container(
    'web',
    `  command: [sleep, "1000"]
  mounts:
    - shop-data:/data
    - ${lab.folder}/site.conf:/etc/site.conf:ro`,
  )

async function watched(t: TestContext) {
  const lab = makeLab(t)
  writeFileSync(`${lab.folder}/site.conf`, 'old')
  lab.write('web.yaml', web(lab))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  return { lab, watcher, pid: await lab.pid('web') }
}

const inside = (pid: number, ...words: string[]) =>
  hostCommand('nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, 'busybox', ...words)

const isMounted = (pid: number, target: string) =>
  readText(`/proc/${pid}/mountinfo`)
    .split('\n')
    .some(line => line.split(' ')[4] === target)

/** Long before the sweep, which comes after 30 s. */
const promiseMs = 1000

test('under a watcher an unmounted volume and a bound file replaced by a rename are healed at once, the pid stays', async t => {
  const { lab, watcher, pid } = await watched(t)
  inside(pid, 'umount', '/data')
  const unmountMs = await eventually(
    () => isMounted(pid, '/data'),
    promiseMs,
    () => `not mounted again:\n${watcher.output()}`,
  )
  writeFileSync(`${lab.folder}/site.conf.new`, 'new')
  renameSync(`${lab.folder}/site.conf.new`, `${lab.folder}/site.conf`)
  const renameMs = await eventually(
    () => readText(`/proc/${pid}/root/etc/site.conf`) === 'new',
    promiseMs,
    () => `still the old file:\n${watcher.output()}`,
  )
  equal(await lab.pid('web'), pid)
  await watcher.until(/mount \/data mounted again {3}missing: volume shop-data {3}in place/)
  await watcher.until(/mount \/etc\/site\.conf mounted anew {3}stale: .*site\.conf was replaced/)
  const { stdout } = await lab.expect(0, 'why', 'web')
  ok(/mount \/data mounted again, in place +missing: volume shop-data/.test(stdout), stdout)
  t.diagnostic(`healed after ${unmountMs.toFixed(0)} and ${renameMs.toFixed(0)} ms`)
})

test('without a watcher, drift tells both in one line each and changes nothing', async t => {
  const { lab, watcher, pid } = await watched(t)
  await watcher.kill('SIGTERM')
  inside(pid, 'umount', '/data')
  writeFileSync(`${lab.folder}/site.conf.new`, 'new')
  renameSync(`${lab.folder}/site.conf.new`, `${lab.folder}/site.conf`)
  const { stdout } = await lab.expect(2, 'drift', lab.manifests)
  deepEqual(
    stdout
      .replaceAll(lab.folder, 'LAB')
      .split('\n')
      .slice(0, 3)
      .map(line => line.trim().replaceAll(/ {2,}/g, '   ')),
    [
      '! container web   mount /data   desired volume shop-data   recorded volume shop-data   kernel missing   in place: mount again',
      '! container web   mount /etc/site.conf   desired LAB/site.conf   recorded LAB/site.conf   kernel what was there before, deleted since   in place: mount anew',
      '1 of 1 container has drifted. `reconcile --once` repairs it.',
    ],
  )
  equal(isMounted(pid, '/data'), false)
})

const cpuMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

test('a payload that mounts in a loop keeps nobody from being healed, and the watcher rests', async t => {
  const { lab, watcher, pid } = await watched(t)
  lab.write(
    'loop.yaml',
    container(
      'loop',
      `  capabilities: { add: [SYS_ADMIN] }
  command: [sh, -c, 'mkdir /tmp/x; while :; do busybox mount -t tmpfs x /tmp/x && busybox umount /tmp/x; done']
  mounts: [{ type: tmpfs, target: /quick }]`,
    ),
  )
  await watcher.until(/loop +started/)
  await sleep(500)
  const spent = cpuMs(watcher.pid)
  const begunMs = performance.now()
  await sleep(3000)
  const share = (cpuMs(watcher.pid) - spent) / (performance.now() - begunMs)
  inside(pid, 'umount', '/data')
  const healMs = await eventually(
    () => isMounted(pid, '/data'),
    promiseMs,
    () => `not mounted again:\n${watcher.output().slice(-2000)}`,
  )
  t.diagnostic(`${(share * 100).toFixed(1)} % of a processor, healed after ${healMs.toFixed(0)} ms`)
  ok(share < 0.1, `the watcher took ${(share * 100).toFixed(1)} % of a processor`)
  equal(await lab.pid('web'), pid)
})

test('requireMount: a watcher says what it waits for, and starts when the disk is mounted', async t => {
  let take = () => {}
  const lab = makeLab(t, () => () => take())
  const disk = `${lab.folder}/disk`
  mkdirSync(disk)
  lab.write(
    'disk.yaml',
    container(
      'disk',
      `  command: [sleep, "1000"]
  mounts: [{ type: bind, source: ${disk}, target: /disk, requireMount: true }]`,
    ),
  )
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/disk +waiting +for .*\/disk to be mounted/)
  hostCommand('mount', '-t', 'tmpfs', 'disk', disk)
  take = () => void hostCommand('umount', disk)
  await watcher.until(/disk +started/, promiseMs)
  equal(isMounted(await lab.pid('disk'), '/disk'), true)
})
