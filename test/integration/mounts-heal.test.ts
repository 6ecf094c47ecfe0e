import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { Mount } from '../../src/model/desired.ts'
import { hostCommand } from '../support/host-command.ts'
import { bind, makeMountLab, type MountLab, tmpfs, volume } from '../support/mount-lab.ts'

/** What was done to the mounts of a running container is told in one line each, and put right under the same process. */
async function heals(lab: MountLab, deed: () => unknown, told: readonly string[]): Promise<void> {
  const pid = await lab.pid()
  deepEqual(await lab.drift(), [], 'before it')
  deed()
  deepEqual(await lab.drift(), told)
  const { steps } = await lab.pass()
  deepEqual(
    steps.filter(({ result }) => result !== 'done'),
    [],
  )
  deepEqual(await lab.drift(), [], 'after it')
  equal(await lab.pid(), pid, 'its process')
}

const line = (target: string, wanted: string, found: string, repair: string) =>
  `! container web   mount ${target}   desired ${wanted}   recorded ${wanted}   kernel ${found}   ${repair}`

async function start(t: TestContext, mounts: (lab: MountLab) => readonly Mount[]): Promise<MountLab> {
  const lab = makeMountLab(t)
  await lab.run(mounts(lab))
  return lab
}

test('a volume that was unmounted inside is mounted again, and what lay below it', async t => {
  const lab = await start(t, () => [volume('below', '/data/in/it'), volume('shop-data', '/data')])
  writeFileSync(`/proc/${await lab.pid()}/root/data/file`, 'kept')
  await heals(lab, () => lab.byHand('busybox', 'umount', '-l', '/data'), [
    line('/data/in/it', 'volume below', 'missing', 'in place: mount again'),
    line('/data', 'volume shop-data', 'missing', 'in place: mount again'),
  ])
  equal(lab.inside('/data/file'), 'kept')
})

test('what covers a mount is taken away, and nothing else', async t => {
  const lab = await start(t, () => [volume('shop-data', '/data'), tmpfs('/quick')])
  writeFileSync(`/proc/${await lab.pid()}/root/quick/file`, 'still here')
  const cover = (target: string) => lab.byHand('mount', '-t', 'tmpfs', 'foreign', target)
  const twice = () => [cover('/data'), cover('/data')]
  await heals(lab, twice, [line('/data', 'volume shop-data', 'a tmpfs on /data', 'in place: mount anew')])
  const covered = [line('/quick', 'tmpfs', 'a tmpfs on /quick', 'in place: mount anew')]
  await heals(lab, () => cover('/quick'), covered)
  const overAndOver = () => [cover('/quick'), lab.byHand('mount', '--bind', '/data', '/quick'), cover('/quick')]
  await heals(lab, overAndOver, covered)
  equal(lab.inside('/quick/file'), 'still here')
  const mounts = readFileSync(`/proc/${await lab.pid()}/mountinfo`, 'utf8')
  deepEqual([/ foreign /.test(mounts), mounts.match(/ \/(data|quick) /g)?.length], [false, 2])
})

test('options are set back: read-only, restrictions, the size of a tmpfs, and who sees mounts below', async t => {
  const lab = await start(t, ({ folder }) => {
    mkdirSync(`${folder}/site`)
    return [bind(`${folder}/site`, '/site', { readOnly: true }), volume('data', '/data'), tmpfs('/quick', 65536)]
  })
  const remount = (target: string, options: string) => lab.byHand('mount', '-o', `remount,${options}`, target)
  await heals(lab, () => remount('/site', 'bind,rw'), [line('/site', 'ro', 'rw', 'in place: remount')])
  await heals(lab, () => remount('/data', 'bind,ro,noexec'), [line('/data', 'rw', 'ro,noexec', 'in place: remount')])
  await heals(lab, () => lab.byHand('mount', '--make-shared', '/data'), [
    line('/data', 'private', 'shared', 'in place: remount'),
  ])
  await heals(lab, () => remount('/quick', 'size=128k,nosuid,nodev,noexec'), [
    line('/quick', 'size=64k', 'size=128k', 'in place: remount'),
  ])
})

test('a bound file that an editor replaced by a rename, and a directory that was moved away, are bound anew', async t => {
  const lab = await start(t, ({ folder, write }) => {
    mkdirSync(`${folder}/site`)
    return [bind(write('site.conf', 'old'), '/etc/site.conf', { readOnly: true }), bind(`${folder}/site`, '/site')]
  })
  const { folder, write } = lab
  await heals(lab, () => renameSync(write('site.conf.new', 'new'), `${folder}/site.conf`), [
    line('/etc/site.conf', 'LAB/site.conf', 'what was there before, deleted since', 'in place: mount anew'),
  ])
  equal(lab.inside('/etc/site.conf'), 'new')
  const moved = () => {
    renameSync(`${folder}/site`, `${folder}/site.old`)
    mkdirSync(`${folder}/site`)
  }
  await heals(lab, moved, [line('/site', 'LAB/site', 'what is LAB/site.old now', 'in place: mount anew')])
})

test('a source that is gone is told, and the container keeps what it has until there is another', async t => {
  const lab = await start(t, ({ write }) => [bind(write('site.conf', 'old'), '/site.conf')])
  const pid = await lab.pid()
  unlinkSync(`${lab.folder}/site.conf`)
  const blocked = line(
    '/site.conf',
    'LAB/site.conf',
    'what was LAB/site.conf',
    'blocked: its source is gone: LAB/site.conf',
  )
  deepEqual(await lab.drift(), [blocked])
  const { plan } = await lab.pass()
  deepEqual([plan.steps, plan.blocked.map(({ refusal }) => refusal.code)], [[], ['mount']])
  equal(lab.inside('/site.conf'), 'old')
  lab.write('site.conf', 'new')
  await lab.pass()
  deepEqual([await lab.drift(), lab.inside('/site.conf'), await lab.pid()], [[], 'new', pid])
})

test('a file system that is mounted on a source is shown; when it goes, the container keeps it, and that is told', async t => {
  const lab = makeMountLab(t)
  const disk = `${lab.folder}/disk`
  mkdirSync(disk)
  const take = () => void hostCommand('umount', disk)
  await lab.run([bind(disk, '/disk')])
  await heals(lab, () => void hostCommand('mount', '-t', 'tmpfs', 'disk', disk), [
    line('/disk', 'LAB/disk', 'what is LAB/disk now', 'in place: mount anew'),
  ])
  writeFileSync(`${disk}/file`, 'on the disk')
  take()
  const told = 'a file system that is no longer mounted there'
  deepEqual(await lab.drift(), [
    line('/disk', 'LAB/disk', told, 'blocked: its source is no longer a mount point: LAB/disk'),
  ])
  equal((await lab.pass()).plan.steps.length, 0)
  equal(lab.inside('/disk/file'), 'on the disk')
})

const foreign = ['mount', '-t', 'tmpfs', 'foreign'] as const

test('a file system that somebody mounted in the place of a bind is no source that went: the bind is mounted anew', async t => {
  const lab = await start(t, ({ folder }) => {
    mkdirSync(`${folder}/site`)
    return [bind(`${folder}/site`, '/site')]
  })
  lab.write('site/page', 'hello')
  const inPlace = () => lab.byHand('sh', '-c', `umount /site && ${foreign.join(' ')} /site`)
  const told = [line('/site', 'LAB/site', 'a tmpfs on /site', 'in place: mount anew')]
  await heals(lab, inPlace, told)
  equal(lab.inside('/site/page'), 'hello')
  await heals(lab, inPlace, told)
  equal(lab.inside('/site/page'), 'hello')
})

test('the same in the place of a bind that shows a whole file system, and of one that came later; what goes afterwards is kept', async t => {
  const lab = makeMountLab(t)
  const [disk, site] = [`${lab.folder}/disk`, `${lab.folder}/site`]
  for (const path of [disk, site]) mkdirSync(path)
  hostCommand('mount', '-t', 'tmpfs', 'disk', disk)
  let take = () => void hostCommand('umount', disk)
  lab.after(() => take())
  writeFileSync(`${disk}/file`, 'on the disk')
  await lab.run([bind(site, '/site')])
  const mounts = [bind(site, '/site'), bind(disk, '/disk')]
  await lab.pass(mounts)
  await lab.run(mounts)
  const pid = await lab.pid()
  const inPlace = () => lab.byHand('sh', '-c', `umount /disk && ${foreign.join(' ')} /disk`)
  await heals(lab, inPlace, [line('/disk', 'LAB/disk', 'a tmpfs on /disk', 'in place: mount anew')])
  equal(lab.inside('/disk/file'), 'on the disk')
  take()
  take = () => {}
  const blocked = 'blocked: its source is no longer a mount point: LAB/disk'
  deepEqual(await lab.drift(), [line('/disk', 'LAB/disk', 'a file system that is no longer mounted there', blocked)])
  equal((await lab.pass()).plan.steps.length, 0)
  deepEqual([lab.inside('/disk/file'), await lab.pid()], ['on the disk', pid])
})

test('requireMount: nothing starts on an empty mount point, and what runs keeps its disk until it is back', async t => {
  const lab = makeMountLab(t)
  const disk = `${lab.folder}/disk`
  mkdirSync(disk)
  const mounts = [bind(disk, '/disk', { requireMount: true })]
  const waiting = async () => (await lab.pass(mounts)).plan.waiting.map(one => one.for)
  const forDisk = [{ code: 'mount' as const, path: disk }]
  deepEqual(await waiting(), forDisk)
  equal((await lab.host.observe(lab.desired(mounts))).containers.length, 0)
  const mountDisk = () => void hostCommand('mount', '-t', 'tmpfs', 'disk', disk)
  const takeDisk = () => void hostCommand('umount', disk)
  mountDisk()
  lab.after(takeDisk)
  writeFileSync(`${disk}/file`, 'first')
  const pid = await lab.run(mounts)
  takeDisk()
  deepEqual([await waiting(), lab.inside('/disk/file')], [forDisk, 'first'])
  lab.byHand('umount', '/disk')
  deepEqual(await waiting(), forDisk)
  mountDisk()
  writeFileSync(`${disk}/file`, 'second')
  await lab.pass()
  deepEqual([await lab.drift(), lab.inside('/disk/file'), await lab.pid()], [[], 'second', pid])
})

test('a target that the image leads elsewhere by a link is looked for where it leads', async t => {
  const lab = makeMountLab(t)
  const rootfs = `${lab.folder}/rootfs`
  for (const name of ['bin', 'real']) mkdirSync(`${rootfs}/${name}`, { recursive: true })
  hostCommand('cp', '/bin/busybox', `${rootfs}/bin/busybox`)
  for (const name of ['sh', 'sleep']) hostCommand('ln', '-s', 'busybox', `${rootfs}/bin/${name}`)
  hostCommand('ln', '-s', '/real', `${rootfs}/led`)
  await lab.run([volume('data', '/led/data')], rootfs)
  await heals(lab, () => lab.byHand('/bin/busybox', 'umount', '/real/data'), [
    line('/led/data', 'volume data', 'missing', 'in place: mount again'),
  ])
})

test('a hostile container: its target became a link out of the root, and the mount stays inside', async t => {
  const lab = await start(t, () => [volume('data', '/data')])
  lab.byHand('sh', '-c', `umount /data && rmdir /data && ln -s ../../../../..${lab.folder}/outside /data`)
  mkdirSync(`${lab.folder}/outside`)
  await lab.pass()
  const host = readFileSync('/proc/self/mountinfo', 'utf8')
  equal(host.includes(`${lab.folder}/outside`), false)
  deepEqual(await lab.drift(), [])
  rmSync(`${lab.folder}/outside`, { recursive: true })
})
