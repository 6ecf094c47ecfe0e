import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Lab, makeLab, readText } from '../support/lab.ts'

/** The classic examples: -v /anonymous, -v named:/named, -v /host:/bound, --mount type=volume, --mount type=bind of a file. */
const manifest = (lab: Lab, word: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: five }
spec:
  rootfs: host
  env: { WORD: ${word} }
  command: [sh, -c, "for d in /anonymous /named /bound /long; do echo $WORD >> $d/words; done; echo up; sleep 1000"]
  mounts:
    - /anonymous
    - named:/named
    - ${lab.folder}/source:/bound
    - { type: volume, name: long, target: /long }
    - { type: bind, source: ${lab.folder}/one-file, target: /etc/one-file, readOnly: true }
`
type Shown = {
  readonly Type: string
  readonly Name?: string
  readonly Source: string
  readonly Destination: string
  readonly RW: boolean
}

test('the five mount forms are volume, volume, bind, volume, bind; contents survive a recreation', async t => {
  const lab = makeLab(t)
  mkdirSync(`${lab.folder}/source`)
  writeFileSync(`${lab.folder}/one-file`, 'one\n')
  const file = lab.write('five.yaml', manifest(lab, 'first'))
  await lab.expect(0, '--once', file)
  const before = await lab.inspect('five')
  const mounts = before['mounts'] as Shown[]
  assert.deepEqual(
    mounts.map(mount => [mount.Type, mount.Destination, mount.RW]),
    [
      ['volume', '/anonymous', true],
      ['volume', '/named', true],
      ['bind', '/bound', true],
      ['volume', '/long', true],
      ['bind', '/etc/one-file', false],
    ],
  )
  assert.match(mounts[0]?.Name ?? '', /^[0-9a-f]{64}$/)
  const pid = await lab.pid('five')
  const inside = (path: string) => `/proc/${pid}/root${path}`
  assert.equal(statSync(inside('/bound')).ino, statSync(`${lab.folder}/source`).ino)
  assert.equal(readText(inside('/etc/one-file')), 'one\n')

  lab.write('five.yaml', manifest(lab, 'second'))
  await lab.expect(0, '--once', file)
  const after = await lab.inspect('five')
  assert.notEqual(after.id, before.id)
  assert.deepEqual(
    (after['mounts'] as Shown[]).map(mount => mount.Source),
    mounts.map(mount => mount.Source),
  )
  for (const mount of mounts.filter(shown => shown.Destination !== '/etc/one-file')) {
    assert.equal(readText(`${mount.Source}/words`), 'first\nsecond\n', mount.Destination)
  }

  await lab.expect(0, 'down', file)
  assert.deepEqual(
    readdirSync(`${lab.root}/volumes`).filter(name => name.length === 64),
    [],
    'the anonymous volume went with its container',
  )
  assert.equal(readText(`${lab.root}/volumes/named/_data/words`), 'first\nsecond\n')
  assert.equal(readText(`${lab.folder}/source/words`), 'first\nsecond\n')
})

test("a bind hides what lies under its target, and that is back afterwards: the target's inode tells", async t => {
  const lab = makeLab(t)
  const rootfs = `${lab.folder}/rootfs`
  for (const dir of ['bin', 'target', 'proc', 'dev', 'sys', 'etc', 'tmp'])
    mkdirSync(`${rootfs}/${dir}`, { recursive: true })
  copyFileSync('/bin/busybox', `${rootfs}/bin/busybox`)
  writeFileSync(`${rootfs}/target/hidden`, 'hidden\n')
  mkdirSync(`${lab.folder}/source`)
  writeFileSync(`${lab.folder}/source/shown`, 'shown\n')
  const spec = (mounts: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: hide }
spec: { rootfs: ${rootfs}, command: [/bin/busybox, sleep, "1000"], mounts: ${mounts} }
`
  const inode = async () => statSync(`/proc/${await lab.pid('hide')}/root/target`).ino
  const listing = async () => readdirSync(`/proc/${await lab.pid('hide')}/root/target`)
  const file = lab.write('hide.yaml', spec('[]'))
  await lab.expect(0, '--once', file)
  const before = await inode()
  assert.deepEqual(await listing(), ['hidden'])

  lab.write('hide.yaml', spec(`["${lab.folder}/source:/target"]`))
  await lab.expect(0, '--once', file)
  const during = await inode()
  assert.equal(during, statSync(`${lab.folder}/source`).ino)
  assert.deepEqual(await listing(), ['shown'])

  lab.write('hide.yaml', spec('[]'))
  await lab.expect(0, '--once', file)
  const after = await inode()
  t.diagnostic(`inode ${before} before, ${during} (the source's) during, ${after} after`)
  assert.equal(after, before)
  assert.deepEqual(await listing(), ['hidden'])
  assert.deepEqual(readdirSync(`${rootfs}/target`), ['hidden'], 'the path of the rootfs was never written')
})
