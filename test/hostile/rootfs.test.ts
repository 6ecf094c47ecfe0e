import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Lab, makeLab } from '../support/lab.ts'

function rootfs(lab: Lab, skip: readonly string[] = []): string {
  const path = `${lab.folder}/rootfs`
  for (const dir of ['bin', 'proc', 'dev', 'sys', 'etc', 'tmp', 'data'])
    if (!skip.includes(dir)) mkdirSync(`${path}/${dir}`, { recursive: true })
  mkdirSync(`${path}/bin`, { recursive: true })
  copyFileSync('/bin/busybox', `${path}/bin/busybox`)
  return path
}

const manifest = (path: string, spec: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: hostile }
spec:
  rootfs: ${path}
  command: [/bin/busybox, sh, -c, "echo in; /bin/busybox sleep 1000"]
  ${spec}
`

/** A directory of the host that hostile links point at; nothing may appear in it. */
function bait(lab: Lab): string {
  mkdirSync(`${lab.folder}/bait`)
  writeFileSync(`${lab.folder}/bait/hosts`, 'untouched\n')
  return `${lab.folder}/bait`
}

for (const place of ['dev', 'proc', 'sys', 'etc']) {
  test(`a rootfs whose /${place} is a link out of it reaches nothing outside`, async t => {
    const lab = makeLab(t)
    const outside = bait(lab)
    const path = rootfs(lab, [place])
    symlinkSync(outside, `${path}/${place}`)
    const ran = await lab.reconcile('--once', '--timeout', '3s', lab.write('h.yaml', manifest(path, '')))
    assert.notEqual(ran.code, null)
    assert.deepEqual(readdirSync(outside), ['hosts'])
    assert.deepEqual(readdirSync(path).sort(), ['bin', 'data', 'dev', 'etc', 'proc', 'sys', 'tmp'].sort())
  })
}

test('a mount target that is a link out of the rootfs stays inside it', async t => {
  const lab = makeLab(t)
  const outside = bait(lab)
  const path = rootfs(lab)
  symlinkSync(outside, `${path}/link`)
  symlinkSync('../../../../../../../../tmp', `${path}/climb`)
  const file = lab.write('h.yaml', manifest(path, 'mounts: ["vol:/link/in", "wol:/climb/in"]'))
  await lab.reconcile('--once', '--timeout', '3s', file)
  assert.deepEqual(readdirSync(outside), ['hosts'])
})

test('a container that fills its layer with links can be removed without following them', async t => {
  const lab = makeLab(t)
  const outside = bait(lab)
  const path = rootfs(lab)
  const spec = manifest(path, '').replace(
    'echo in;',
    `echo in; /bin/busybox ln -s ${outside} /tmp/link; /bin/busybox ln -s / /tmp/root; /bin/busybox mkdir -p /tmp/a/b;`,
  )
  const file = lab.write('h.yaml', spec)
  await lab.expect(0, '--once', file)
  await lab.expect(0, 'down', file)
  assert.deepEqual(readdirSync(outside), ['hosts'])
  assert.deepEqual(readdirSync(`${lab.root}/containers`), [])
})

test('a fork bomb is held by its pids limit, and goes when told', async t => {
  const lab = makeLab(t)
  const file = lab.write(
    'bomb.yaml',
    `
apiVersion: reconcile/v1
kind: Container
metadata: { name: bomb }
spec:
  rootfs: host
  command: [perl, -e, "$SIG{TERM} = 'IGNORE'; while (1) { my $pid = fork; sleep 1000 if defined $pid && !$pid }"]
  limits: { pids: 20, memory: 64Mi }
  stop: { grace: 1s }
`,
  )
  await lab.expect(0, '--once', file)
  await new Promise(resolve => setTimeout(resolve, 1000))
  await lab.expect(0, 'down', file)
})

test('names and output that hold control characters are printed harmlessly', async t => {
  const lab = makeLab(t)
  const file = lab.write(
    'esc.yaml',
    `
apiVersion: reconcile/v1
kind: Container
metadata: { name: esc, labels: { "a": "\\e[2Jx" } }
spec: { rootfs: host, command: [sh, -c, "sleep 1000", "\\e[31mred\\a"] }
`,
  )
  for (const args of [['plan', file], ['--once', file], ['ps'], ['inspect', 'esc'], ['why', 'esc']]) {
    const ran = await lab.reconcile(...args)
    assert.doesNotMatch(ran.stdout + ran.stderr, /[\x00-\x09\x0b-\x1f]/, `${args[0]} printed a control character`)
  }
})
