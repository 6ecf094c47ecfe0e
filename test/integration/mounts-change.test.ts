/** A changed list of mounts comes to the running process, and nothing of the host's or of the container's else changes. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import type { Mount } from '../../src/model/desired.ts'
import { planText } from '../../src/status/passes/plan.ts'
import { plan } from '../../src/plan/plan.ts'
import { plain } from '../../src/status/text/paint.ts'
import { hostCommand } from '../support/host-command.ts'
import { eventually } from '../support/lab.ts'
import { bind, makeMountLab, type MountLab, tmpfs, volume } from '../support/mount-lab.ts'
import { idOf } from '../support/specs.ts'

/** The list becomes another one in one pass, under the same process; the pass after it has nothing to do. */
async function becomes(lab: MountLab, mounts: readonly Mount[], told: string): Promise<readonly string[]> {
  const [pid, desired] = [await lab.pid(), lab.desired(mounts)]
  const observed = await lab.host.observe(desired)
  const show = { paint: plain, showValues: false, display: (path: string) => path, nowMs: observed.nowMs }
  const said = planText(
    plan(desired, observed, () => idOf(1)),
    desired,
    observed,
    show,
  )
  const line = said.split('\n').find(one => one.includes(' container '))
  equal(
    line?.replaceAll(/ {2,}/g, '   ').replaceAll(lab.folder, 'LAB').trim(),
    `~ container web   ${told}   in place, pid ${pid} keeps running   web.yaml:4:13`,
  )
  const { steps } = await lab.pass(mounts)
  deepEqual(
    steps.filter(({ result, step }) => result !== 'done' || step.action.kind === 'delete-container'),
    [],
  )
  const next = await lab.host.pass(desired)
  deepEqual([next.plan.steps, next.plan.blocked, await lab.pid()], [[], [], pid])
  return steps.flatMap(one => (one.result === 'done' ? (one.facts.warnings ?? []).map(({ message }) => message) : []))
}

/** targets of its own mount table, of those that are asked for, in its order */
const mountedAt = (pid: number, targets: readonly string[]) =>
  readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(point => targets.includes(point))

test('a bind that is added is there, one that is removed is not, and records and files of Docker say so', async t => {
  const lab = makeMountLab(t)
  const [site, old] = [`${lab.folder}/site`, `${lab.folder}/old`]
  for (const path of [site, old]) mkdirSync(path)
  const conf = lab.write('site.conf', 'conf')
  lab.write('site/page', 'hello')
  lab.write('old/file', 'kept on the host')
  const pid = await lab.run([bind(old, '/old')])
  const mounts = [bind(site, '/site', { readOnly: true }), bind(conf, '/etc/site.conf')]
  await becomes(lab, mounts, 'unmount /old, mount LAB/site at /site read-only, mount LAB/site.conf at /etc/site.conf')
  deepEqual([lab.inside('/site/page'), lab.inside('/etc/site.conf')], ['hello', 'conf'])
  deepEqual(
    [existsSync(`/proc/${pid}/root/old/file`), readFileSync(`${old}/file`, 'utf8')],
    [false, 'kept on the host'],
  )
  deepEqual(mountedAt(pid, ['/site', '/old']), ['/site'])
  const id = (await lab.host.observe(lab.desired(mounts))).containers[0]?.id ?? ''
  const at = containerPaths(lab.host.deps.paths, id)
  const docker = JSON.parse(readFileSync(at.config, 'utf8')) as { MountPoints: Record<string, { RW: boolean }> }
  const asked = JSON.parse(readFileSync(at.hostConfig, 'utf8')) as { Binds: readonly string[] }
  deepEqual(
    [Object.keys(docker.MountPoints).sort(), docker.MountPoints['/site']?.RW, asked.Binds],
    [['/etc/site.conf', '/site'], false, [`${site}:/site:ro`, `${conf}:/etc/site.conf`]],
  )
  process.kill(pid, 'SIGKILL')
  await eventually(
    () => !existsSync(`/proc/${pid}`),
    20_000,
    () => 'it does not end',
  )
  await lab.host.converge(lab.desired(mounts))
  const next = await lab.pid()
  notEqual(next, pid)
  deepEqual([mountedAt(next, ['/site', '/old']), await lab.drift()], [['/site'], []])
})

test('volumes and tmpfs come and go, parents before what lies on them, and what was written stays', async t => {
  const lab = makeMountLab(t)
  const pid = await lab.run([volume('first', '/data'), volume('inside', '/data/in')])
  const write = (path: string, text: string) => writeFileSync(`/proc/${pid}/root${path}`, text)
  write('/data/file', 'of the first')
  write('/data/in/file', 'of the inside')
  const second = [tmpfs('/data/in/quick', 65536), volume('inside', '/data/in'), volume('second', '/data')]
  await becomes(
    lab,
    second,
    'mount volume second at /data instead of volume first, mount /data/in anew, mount tmpfs at /data/in/quick',
  )
  equal(lab.inside('/data/in/file'), 'of the inside')
  write('/data/file', 'of the second')
  deepEqual(mountedAt(pid, ['/data', '/data/in', '/data/in/quick']), ['/data', '/data/in', '/data/in/quick'])
  await becomes(lab, [volume('inside', '/data/in')], 'unmount /data/in/quick, unmount /data, mount /data/in anew')
  equal(lab.inside('/data/in/file'), 'of the inside')
  await becomes(lab, [volume('first', '/data')], 'unmount /data/in, mount volume first at /data')
  equal(lab.inside('/data/file'), 'of the first')
  await becomes(lab, [], 'unmount /data')
  deepEqual(mountedAt(pid, ['/data', '/data/in', '/data/in/quick']), [])
})

test('other options are remounted under the process: read-only, size, and who sees mounts below', async t => {
  const lab = makeMountLab(t)
  const site = `${lab.folder}/site`
  mkdirSync(site)
  const pid = await lab.run([bind(site, '/site', { propagation: 'rshared' }), tmpfs('/quick', 65536)])
  writeFileSync(`/proc/${pid}/root/quick/file`, 'still here')
  const after = [bind(site, '/site', { readOnly: true }), tmpfs('/quick', 131072)]
  await becomes(lab, after, 'remount /site read-only rprivate, remount /quick size 128Ki')
  equal(lab.inside('/quick/file'), 'still here')
  await becomes(lab, [bind(site, '/site'), tmpfs('/quick', 131072)], 'remount /site writable')
  writeFileSync(`/proc/${pid}/root/site/file`, 'written')
  equal(readFileSync(`${site}/file`, 'utf8'), 'written')
})

test('what is in use goes too, and that is told: whoever has it open keeps it', async t => {
  const lab = makeMountLab(t)
  const pid = await lab.run([volume('data', '/data'), volume('idle', '/idle')])
  const held = openSync(`/proc/${pid}/root/data`, 'r')
  t.after(() => closeSync(held))
  const told = await becomes(lab, [], 'unmount /data, unmount /idle')
  deepEqual(told, ['was in use: what is open there stays open until it is closed'])
  deepEqual(mountedAt(pid, ['/data', '/idle']), [])
})

test('what the host has below a source that spreads both ways stays mounted there', async t => {
  const lab = makeMountLab(t)
  const source = `${lab.folder}/shared`
  mkdirSync(`${source}/disk`, { recursive: true })
  hostCommand('mount', '--bind', source, source)
  hostCommand('mount', '--make-shared', source)
  hostCommand('mount', '-t', 'tmpfs', 'disk', `${source}/disk`)
  lab.after(() => {
    hostCommand('umount', `${source}/disk`)
    hostCommand('umount', source)
  })
  writeFileSync(`${source}/disk/file`, 'on the disk')
  const pid = await lab.run([bind(source, '/shared', { propagation: 'rshared' })])
  equal(lab.inside('/shared/disk/file'), 'on the disk')
  await becomes(lab, [], 'unmount /shared')
  deepEqual(
    [mountedAt(pid, ['/shared', '/shared/disk']), readFileSync(`${source}/disk/file`, 'utf8')],
    [[], 'on the disk'],
  )
})

test('a hostile container: its target became a link out of the root, or is gone, and all stays inside', async t => {
  const lab = makeMountLab(t)
  const outside = `${lab.folder}/outside`
  mkdirSync(outside)
  const pid = await lab.run([volume('data', '/data')])
  lab.byHand(
    'sh',
    '-c',
    `ln -s ../../../../..${outside} /led; ln -s ${outside}/2 /straight; umount /data && rmdir /data`,
  )
  await becomes(
    lab,
    [tmpfs('/led'), tmpfs('/straight')],
    'unmount /data, mount tmpfs at /led, mount tmpfs at /straight',
  )
  equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(outside), false)
  deepEqual(mountedAt(pid, [outside, `${outside}/2`]), [outside, `${outside}/2`])
  await becomes(lab, [], 'unmount /led, unmount /straight')
  deepEqual(mountedAt(pid, [outside, `${outside}/2`]), [])
})

test('what somebody else mounted over a mount that goes is not taken away: a new container has the new list', async t => {
  const lab = makeMountLab(t)
  const pid = await lab.run([volume('data', '/data')])
  lab.byHand('mount', '-t', 'tmpfs', 'foreign', '/data')
  const { plan: planned } = await lab.host.pass(lab.desired([]))
  deepEqual(
    planned.steps.map(({ action, reason }) => [action.kind, reason.code === 'spec-changed' && reason.because]),
    [['begin-stop', { target: '/data', code: 'not-ours' }]],
  )
  await lab.host.converge(lab.desired([]))
  notEqual(await lab.pid(), pid)
})

test('a list of which something fails is continued by the next pass', async t => {
  const lab = makeMountLab(t)
  const pid = await lab.run([volume('old', '/old')])
  lab.byHand('sh', '-c', 'echo > /file')
  const mounts = [tmpfs('/file'), tmpfs('/after')]
  const { steps } = await lab.pass(mounts)
  const [failed] = steps
  match(failed?.result === 'failed' ? failed.error.message : '', /^mount \/file: .*EINVAL/)
  const next = await lab.pass(mounts)
  deepEqual(
    next.plan.steps.map(({ action }) => action.kind === 'repair-mount' && [action.edit, action.mount.target]),
    [
      ['attach', '/file'],
      ['attach', '/after'],
    ],
  )
  deepEqual(mountedAt(pid, ['/old', '/file', '/after']), ['/after'])
  lab.byHand('rm', '/file')
  await lab.pass(mounts)
  deepEqual(
    [(await lab.pass(mounts)).plan.steps, mountedAt(pid, ['/file', '/after']), await lab.pid()],
    [[], ['/after', '/file'], pid],
  )
})
