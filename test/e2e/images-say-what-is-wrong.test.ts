import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { dockerArchive } from '../support/docker-archive.ts'
import { hostCommand } from '../support/host-command.ts'
import { randomLayer } from '../support/image-shop.ts'
import { makeLab } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { startRegistry, user } from '../support/registry-server.ts'
import type { RegistryServer } from '../support/registry-server.ts'

let plain: RegistryServer
let closed: RegistryServer
const home = mkdtempSync(`${labPrefix}login-`)
before(async () => {
  ;[plain, closed] = await Promise.all([startRegistry({ kind: 'plain' }), startRegistry({ kind: 'closed' })])
  process.env['DOCKER_CONFIG'] = home
})
after(async () => {
  rmSync(home, { recursive: true, force: true })
  await Promise.all([plain.stop(), closed.stop()])
})

const login = (password: string) => {
  const auth = Buffer.from(`${user}:${password}`).toString('base64')
  writeFileSync(join(home, 'config.json'), JSON.stringify({ auths: { [closed.host]: { auth } } }))
}

test('every images command says in one line what is wrong, with what, and what to do', async t => {
  const lab = makeLab(t)
  const app = `${plain.host}/team/app`
  const archive = join(lab.folder, 'app.tar')
  writeFileSync(archive, dockerArchive(`${app}:1`, [randomLayer('one', 20_000)]))
  await lab.expect(0, 'images', 'load', archive)
  await lab.expect(0, 'images', 'push', `${app}:1`)
  const says = async (code: number, args: readonly string[], expected: string) => {
    const { stderr } = await lab.expect(code, 'images', ...args)
    assert.equal(stderr.trimEnd(), expected, args.join(' '))
  }
  const absent = (name: string) => `${name} is no image of this data-root; \`reconcile images ls\` lists them`
  await says(
    64,
    ['lst'],
    "reconcile: 'lst' is no command of `reconcile images`; did you mean `ls`?\nTry `reconcile --help`.",
  )
  await says(1, ['inspect', 'ap'], absent('ap'))
  await says(1, ['history', app], `${app} is no image of this data-root; ${app} has the tag 1`)
  await says(1, ['push', 'team/app:1'], `x ${absent('team/app:1')}`)
  await says(1, ['rm', 'ap'], `x ${absent('ap')}`)
  await says(64, ['tag', `${app}:1`, 'App'], '"App": invalid reference format: repository name must be lowercase')
  await says(1, ['pull', `${app}:2`], `x manifest for ${app}:2 not found: manifest unknown`)
  await says(
    1,
    ['pull', `${app}:1`, '--platform', 'linux/s390x'],
    `x ${app}:1: it is for ${here}, not for linux/s390x, and there is no other`,
  )
  await says(
    64,
    ['pull', `${app}:1`, '--platform', 'arm64'],
    '"arm64": a platform is os/architecture[/variant], as linux/amd64',
  )
  await says(
    1,
    ['pull', 'localhost:1/app:1'],
    'x localhost:1/app:1: http://localhost:1/v2/app/manifests/1: connection refused (ECONNREFUSED)',
  )
  await says(
    1,
    ['load', '/etc/hostname'],
    '/etc/hostname: no archive of images: it holds neither manifest.json (`docker save`) nor index.json with oci-layout',
  )
  await says(1, ['load', '/nowhere.tar'], 'read /nowhere.tar: no such file or directory (ENOENT)')
  await says(64, ['save', `${app}:1`, '--directory'], 'name the directory with --to')
  await says(
    1,
    ['save', `${app}:1`, '--to', '/nowhere/x.tar'],
    'write /nowhere/x.tar: no such file or directory (ENOENT)',
  )
  const saved = await lab.expect(0, 'images', 'save', `${app}:1`, '--to', join(lab.folder, 'x.tar'))
  assert.equal(saved.stdout, `+ archive ${lab.folder}/x.tar  holds ${app}:1\n`)
})

const here = `linux/${{ x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64']}`

test('a login that is missing or wrong, and a CA that nobody knows, are told apart', async t => {
  const lab = makeLab(t)
  const app = `${closed.host}/team/app`
  const says = async (args: readonly string[], expected: string) =>
    assert.equal((await lab.expect(1, ...args)).stderr, `x ${app}:1: ${expected}\n`)
  const denied = `pull access denied for ${app}, repository does not exist or may require 'docker login':`
  const pull = ['--insecure', closed.host, 'images', 'pull', `${app}:1`]
  await says(pull, `${denied} no basic auth credentials (there is no login for ${closed.host} in config.json)`)
  login('wrong')
  await says(pull, `${denied} unauthorized: authentication required (asked as ${user})`)
  await says(
    ['images', 'pull', `${app}:1`],
    `https://${closed.host}/v2/team/app/manifests/1: tls: failed to verify certificate: it is signed by an unknown authority ` +
      `(UNABLE_TO_VERIFY_LEAF_SIGNATURE): put its CA into /etc/reconcile/certs.d/${closed.host}/ca.crt`,
  )
  writeFileSync(join(lab.folder, 'app.tar'), dockerArchive(`${app}:1`, [randomLayer('one', 20_000)]))
  await lab.expect(0, 'images', 'load', join(lab.folder, 'app.tar'))
  const { stderr } = await lab.expect(1, '--insecure', closed.host, 'images', 'push', `${app}:1`)
  assert.match(stderr, /^x \S+\/team\/app:1: push access denied, .*: unauthorized: .* \(asked as ali\)\n$/)
})

test('a full disk is told with image, layer and entry, and leaves nothing', async t => {
  const lab = makeLab(t)
  writeFileSync(join(lab.folder, 'app.tar'), dockerArchive('team/app:1', [randomLayer('big', 3_000_000)]))
  mkdirSync(lab.root, { mode: 0o710 })
  hostCommand('mount', '-t', 'tmpfs', '-o', 'size=2m,mode=710', 'tmpfs', lab.root)
  try {
    const { stderr } = await lab.expect(1, 'images', 'load', join(lab.folder, 'app.tar'))
    assert.match(stderr, /^team\/app:1: layer "\S+": entry "big\/data": write: no space left on device \(ENOSPC\)\n$/)
    assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  } finally {
    hostCommand('umount', lab.root)
  }
})
