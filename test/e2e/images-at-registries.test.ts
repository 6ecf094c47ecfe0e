import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makeLab } from '../support/lab.ts'
import { hostCommand } from '../support/host-command.ts'
import { randomLayer } from '../support/image-shop.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { password, startRegistry, user } from '../support/registry-server.ts'
import type { RegistryServer } from '../support/registry-server.ts'

const certificates = '/etc/reconcile/certs.d'
let plain: RegistryServer
let closed: RegistryServer
before(async () => {
  ;[plain, closed] = await Promise.all([startRegistry({ kind: 'plain' }), startRegistry({ kind: 'closed' })])
  mkdirSync(join(certificates, closed.host), { recursive: true })
  writeFileSync(join(certificates, closed.host, 'ca.crt'), readFileSync(join(closed.folder, 'ca.crt')))
  const auth = Buffer.from(`${user}:${password}`).toString('base64')
  mkdirSync(join(closed.folder, 'client'))
  writeFileSync(join(closed.folder, 'client', 'config.json'), JSON.stringify({ auths: { [closed.host]: { auth } } }))
  process.env['DOCKER_CONFIG'] = join(closed.folder, 'client')
})
after(async () => {
  rmSync(join(certificates, closed.host), { recursive: true, force: true })
  await Promise.all([plain.stop(), closed.stop()])
})

const sha256 = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

type Inspected = {
  readonly id: string
  readonly digests: readonly string[]
  readonly created: string | null
  readonly os: string
  readonly architecture: string
  readonly layers: readonly {
    readonly diffId: string
    readonly chainId: string
    readonly blob: { readonly digest: string } | null
  }[]
}
type Skopeo = { readonly Digest: string; readonly Os: string; readonly Architecture: string; readonly Layers: string[] }

test('an image is pushed, pulled by tag and by digest, at a plain registry and at one with TLS and a password', async t => {
  const layers = [randomLayer('one', 50_000), randomLayer('two', 50_000)]
  const archive = dockerArchive('local/app:1', layers)
  for (const server of [plain, closed]) {
    const lab = makeLab(t)
    const tag = `${server.host}/team/app:1`
    writeFileSync(join(lab.folder, 'app.tar'), archive)
    await lab.expect(0, 'images', 'load', join(lab.folder, 'app.tar'))
    await lab.expect(0, 'images', 'tag', 'local/app:1', tag)
    assert.match((await lab.expect(0, 'images', 'push', tag)).stdout, /2 layers sent/)
    assert.match((await lab.expect(0, 'images', 'push', tag)).stdout, /0 layers sent/)

    const skopeo = skopeoInspect(server, tag)
    const other = makeLab(t)
    await other.expect(0, 'images', 'pull', tag)
    assert.match((await other.expect(0, 'images', 'pull', tag)).stdout, /is up to date/)
    const byDigest = `${server.host}/team/app@${skopeo.Digest}`
    await other.expect(0, 'images', 'pull', byDigest)
    const image = JSON.parse((await other.expect(0, 'images', 'inspect', tag, '--output', 'json')).stdout) as Inspected
    assert.deepEqual(image.digests, [byDigest])
    assert.deepEqual(
      [image.os, image.architecture, image.layers.map(({ blob }) => blob?.digest)],
      [skopeo.Os, skopeo.Architecture, skopeo.Layers],
    )
    checkIdentities(server, image, layers)
  }
})

/** The identities again, from what skopeo brings, by the rules of the image specification alone. */
function checkIdentities(server: RegistryServer, image: Inspected, layers: readonly Buffer[]): void {
  const copy = join(server.folder, 'copy')
  const source = `docker://${image.digests[0] ?? ''}`
  hostCommand('skopeo', 'copy', '--quiet', ...access(server, 'src-'), source, `dir:${copy}`)
  const read = (digest: string) => readFileSync(join(copy, digest.replace('sha256:', '')))
  assert.equal(sha256(read(image.id)), image.id)
  let chain: string | null = null
  for (const [i, { diffId, chainId, blob }] of image.layers.entries()) {
    const tar = gunzipSync(read(blob?.digest ?? ''))
    assert.deepEqual(tar, layers[i])
    assert.equal(sha256(tar), diffId)
    chain = chain === null ? diffId : sha256(`${chain} ${diffId}`)
    assert.equal(chainId, chain)
  }
}

const skopeoInspect = (server: RegistryServer, tag: string): Skopeo =>
  JSON.parse(hostCommand('skopeo', 'inspect', ...access(server, ''), `docker://${tag}`)) as Skopeo

const access = (server: RegistryServer, prefix: string): string[] =>
  server === plain
    ? [`--${prefix}tls-verify=false`]
    : [`--${prefix}cert-dir=${join(certificates, closed.host)}`, `--${prefix}creds=${user}:${password}`]

test('a layer that a registry has already is mounted into another repository, not sent', async t => {
  const lab = makeLab(t)
  writeFileSync(join(lab.folder, 'app.tar'), dockerArchive(`${plain.host}/first:1`, [randomLayer('big', 300_000)]))
  await lab.expect(0, 'images', 'load', join(lab.folder, 'app.tar'))
  await lab.expect(0, 'images', 'push', `${plain.host}/first:1`)
  await lab.expect(0, 'images', 'tag', `${plain.host}/first:1`, `${plain.host}/second:1`)
  assert.match((await lab.expect(0, 'images', 'push', `${plain.host}/second:1`)).stdout, /0 layers sent/)
  await makeLab(t).expect(0, 'images', 'pull', `${plain.host}/second:1`)
})

test('a tag that has moved at the registry moves here, and says so; gc takes what it left', async t => {
  const lab = makeLab(t)
  const other = makeLab(t)
  const tag = `${plain.host}/moving:1`
  const push = async (name: string) => {
    writeFileSync(join(other.folder, 'app.tar'), dockerArchive(tag, [randomLayer(name, 1000)]))
    await other.expect(0, 'images', 'load', join(other.folder, 'app.tar'))
    await other.expect(0, 'images', 'push', tag)
  }
  await push('before')
  await lab.expect(0, 'images', 'pull', tag)
  await push('after')
  assert.match((await lab.expect(0, 'images', 'pull', tag)).stdout, /tag moved [0-9a-f]{12} -> [0-9a-f]{12}/)
  assert.match((await lab.expect(0, 'images', 'gc')).stdout, /- image [0-9a-f]{12} .*\n- layer .*\n.* would go/)
  await lab.expect(0, 'images', 'gc', '--remove')
  assert.match((await lab.expect(0, 'images', 'gc')).stdout, /nothing to remove/)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

test('what a registry lacks, and who may not ask, is told with the name of the image', async t => {
  const lab = makeLab(t)
  const absent = await lab.expect(1, 'images', 'pull', `${plain.host}/absent:1`)
  assert.match(absent.stderr, /127\.0\.0\.1:\d+\/absent/)
  assert.equal((await lab.expect(64, 'images', 'pull', 'Upper/Case')).stdout, '')
  assert.match((await lab.expect(1, 'images', 'rm', 'nothing')).stderr, /nothing is no image of this data-root/)
})
