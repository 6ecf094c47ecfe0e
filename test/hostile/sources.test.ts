import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeLab } from '../support/lab.ts'

const container = (name: string): string =>
  `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: ${name} }\nspec: { rootfs: host, command: [sleep, "1000"], stop: { grace: 200ms } }\n`
const volume = (name: string): string => `apiVersion: reconcile/v1\nkind: Volume\nmetadata: { name: ${name} }\n`

test('what is no regular file of the directory is refused by name and never opened; its neighbours apply', async t => {
  const lab = makeLab(t)
  lab.write('good.yaml', volume('data'))
  mkdirSync(`${lab.manifests}/directory.yaml`)
  execFileSync('mkfifo', [`${lab.manifests}/fifo.yaml`])
  symlinkSync('/dev/zero', `${lab.manifests}/zero.yaml`)
  symlinkSync('nowhere', `${lab.manifests}/dangling.yaml`)
  symlinkSync('/etc/passwd', `${lab.manifests}/passwd.yaml`)
  symlinkSync('circle.yaml', `${lab.manifests}/circle.yaml`)
  await listening(t, `${lab.manifests}/socket.yaml`)
  const { stdout, stderr } = await lab.expect(5, 'validate', lab.manifests)
  const said = stdout + stderr
  for (const line of [
    /directory\.yaml: the file can't be read: a directory, not a regular file/,
    /fifo\.yaml: the file can't be read: a FIFO, not a regular file/,
    /zero\.yaml: the file can't be read: a device, not a regular file/,
    /dangling\.yaml: the file can't be read: no such file/,
    /circle\.yaml: the file can't be read: its symbolic links go round in a circle/,
    /passwd\.yaml: the file can't be read: a link to \/etc\/passwd, out of the directory; put the file here, or name it in the command/,
    /socket\.yaml: the file can't be read: a socket, not a regular file/,
  ])
    assert.match(said, line)
  assert.doesNotMatch(said, /root:/)
  assert.match((await lab.reconcile('--once', lab.manifests)).stdout, /volume\s+data/)
})

test('links that stay in the directory are followed, as when a whole set of files is swapped', async t => {
  const lab = makeLab(t)
  mkdirSync(`${lab.manifests}/..set-1`)
  writeFileSync(`${lab.manifests}/..set-1/app.yaml`, volume('data'))
  symlinkSync('..set-1', `${lab.manifests}/..data`)
  symlinkSync('..data/app.yaml', `${lab.manifests}/app.yaml`)
  const { stdout } = await lab.expect(0, 'validate', lab.manifests)
  assert.match(stdout, /1 file, no errors: 0 containers, 1 volume/)
})

test('a file named in the command may be a link to anywhere', async t => {
  const lab = makeLab(t)
  writeFileSync(`${lab.folder}/elsewhere.yaml`, volume('data'))
  symlinkSync(`${lab.folder}/elsewhere.yaml`, `${lab.manifests}/app.yaml`)
  await lab.expect(0, 'validate', `${lab.manifests}/app.yaml`)
})

test('ten thousand documents in one file, and ten thousand files, are read', async t => {
  const lab = makeLab(t)
  const documents = (count: number) =>
    Array.from({ length: count }, (_, index) => container(`web-${index}`)).join('---\n')
  const file = lab.write('all.yaml', documents(10_000))
  const inOne = await lab.expect(0, 'validate', file)
  assert.match(inOne.stdout, /1 file, no errors: 10000 containers/)
  rmSync(file)
  for (let index = 0; index < 10_000; index++) lab.write(`${index}.yaml`, container(`web-${index}`))
  const inMany = await lab.expect(0, 'validate', lab.manifests)
  assert.match(inMany.stdout, /10000 files, no errors: 10000 containers/)
  t.diagnostic(`10,000 documents in one file: ${inOne.ms.toFixed(0)} ms; in 10,000 files: ${inMany.ms.toFixed(0)} ms`)
})

test('a file that changes while it is read is taken as one of its states, at last the last', async t => {
  const lab = makeLab(t)
  const writer = setInterval(
    () => lab.write('app.yaml', `${volume('data')}# ${'x'.repeat(Math.random() * 2_000_000)}\n`),
    1,
  )
  t.after(() => clearInterval(writer))
  for (let round = 0; round < 5; round++)
    assert.match((await lab.reconcile('validate', lab.manifests)).stdout, /1 file/)
  clearInterval(writer)
  lab.write('app.yaml', volume('data'))
  await lab.expect(0, 'validate', lab.manifests)
})

for (const [deed, away, back] of [
  ['deleted', (path: string) => rmSync(path, { recursive: true }), (path: string) => mkdirSync(path)],
  ['replaced by a file', replaceByFile, (path: string) => (rmSync(path), mkdirSync(path))],
] as const)
  test(`a watched directory that is ${deed} takes nothing along, and its successor is read`, async t => {
    const lab = makeLab(t)
    lab.write('app.yaml', container('web'))
    const watcher = lab.watch(lab.manifests)
    await watcher.until(/watching/)
    const pid = await lab.pid('web')
    away(lab.manifests)
    await watcher.until(/has vanished|can't be read/)
    await sleep(2500)
    assert.equal(await lab.pid('web'), pid)
    back(lab.manifests)
    lab.write('app.yaml', container('web'))
    lab.write('more.yaml', container('more'))
    await watcher.until(/container more .*started|more.*running/)
    assert.equal(await lab.pid('web'), pid)
  })

test('a watched directory that is unmounted takes nothing along', async t => {
  const lab = makeLab(t)
  execFileSync('mount', ['-t', 'tmpfs', 'reconcile-test', lab.manifests])
  let mounted = true
  const unmount = () => {
    if (mounted) execFileSync('umount', [lab.manifests])
    mounted = false
  }
  t.after(unmount)
  lab.write('app.yaml', container('web'))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  const pid = await lab.pid('web')
  unmount()
  await watcher.until(/is empty|has vanished/, 40_000)
  await sleep(2500)
  assert.equal(await lab.pid('web'), pid)
})

function replaceByFile(path: string): void {
  renameSync(path, `${path}-away`)
  writeFileSync(path, 'no directory')
}

async function listening(t: TestContext, path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.after(() => server.close())
}
