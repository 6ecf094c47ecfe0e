import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultBounds } from '../../../src/registry/http/bounds.ts'
import { parseChallenge } from '../../../src/registry/access/challenge.ts'
import { readManifest } from '../../../src/registry/pull/manifest.ts'
import { parsePlatform, platformText, runnable } from '../../../src/registry/pull/platform.ts'
import { retryAfterMs } from '../../../src/registry/http/retry-after.ts'
import { refusal, value } from '../../support/registry-client.ts'
import { json, smallImage, types, wire } from '../../support/registry-image.ts'

const image = smallImage([Buffer.from('layer')])
const [config, layer] = image.blobs.map(({ descriptor }) => wire(descriptor))

const read = (document: unknown, mediaType: string = types.manifest) =>
  readManifest(Buffer.isBuffer(document) ? document : json(document), mediaType, 'web:1', defaultBounds)

const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] }
const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

test('a manifest is read with its media type from the header, or its own where the header says nothing', () => {
  assert.equal(value(read(manifest)).kind, 'manifest')
  assert.equal(value(read(manifest, 'application/json')).mediaType, types.manifest)
  assert.equal(value(read({ ...manifest, mediaType: undefined })).mediaType, types.manifest)
  assert.equal(value(read(manifest, `${types.manifest}; charset=utf-8`)).mediaType, types.manifest)
})

const refused: readonly (readonly [what: string, document: unknown, mediaType: string, message: RegExp])[] = [
  ['schema 1', { schemaVersion: 1 }, schema1, /schema 1 is not supported \(.*prettyjws\)/],
  ['schema 1 as plain JSON', { schemaVersion: 1 }, 'application/json', /schema 1 is not supported/],
  [
    'an unknown type',
    { schemaVersion: 2 },
    'application/vnd.x+json',
    /unsupported manifest media type application\/vnd.x\+json/,
  ],
  ['no type', { ...manifest, mediaType: undefined }, '', /unsupported manifest media type \(none\)/],
  ['two types', manifest, types.dockerManifest, /is sent as .* and says of itself/],
  ['layers and manifests', { ...manifest, manifests: [] }, types.manifest, /both layers and manifests/],
  ['an index with layers', { manifests: [], layers: [] }, types.index, /both layers and manifests/],
  [
    'an artifact',
    { ...manifest, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    types.manifest,
    /is no container image: its configuration is application\/vnd.cncf.helm/,
  ],
  [
    'an unknown layer',
    { ...manifest, layers: [layer, { ...layer, mediaType: 'a/b\n' }] },
    types.manifest,
    /unsupported media type a\/b\? of layer 2/,
  ],
  [
    'an encrypted layer',
    { ...manifest, layers: [{ ...layer, mediaType: `${types.layer}+encrypted` }] },
    types.manifest,
    /\+encrypted of layer 1/,
  ],
  [
    'a broken digest',
    { ...manifest, layers: [{ ...layer, digest: 'sha256:../../x' }] },
    types.manifest,
    /layer 1 has no usable digest/,
  ],
  [
    'a negative size',
    { ...manifest, layers: [{ ...layer, size: -1 }] },
    types.manifest,
    /layer 1 has no usable digest/,
  ],
  [
    'a size beyond all disks',
    { ...manifest, layers: [{ ...layer, size: 1e18 }] },
    types.manifest,
    /layer 1 has no usable digest/,
  ],
  [
    'a large configuration',
    { ...manifest, config: { ...config, size: 1e9 } },
    types.manifest,
    /configuration of 1000000000 bytes/,
  ],
  [
    'too many layers',
    { ...manifest, layers: Array.from({ length: 501 }, () => layer) },
    types.manifest,
    /501 layers, more than 500/,
  ],
  ['no layers', { schemaVersion: 2, config }, types.manifest, /no configuration and layers/],
  ['an index of nothing', { manifests: 7 }, types.index, /index without manifests/],
  ['no JSON', Buffer.from('{'), types.manifest, /no JSON object/],
  ['a list', [], types.manifest, /no JSON object/],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), types.manifest, /no JSON object/],
]

for (const [what, document, mediaType, message] of refused) {
  test(`a manifest is refused by name: ${what}`, () => {
    const { message: said } = refusal(read(document, mediaType))
    assert.match(said, message)
    assert.ok(said.startsWith('web:1: '))
  })
}

test('attestations of an index are no images', () => {
  const entry = config ?? {}
  const found = value(
    read(
      {
        manifests: [
          { ...entry, platform: { os: 'unknown', architecture: 'unknown' } },
          {
            ...entry,
            platform: { os: 'linux', architecture: 'amd64' },
            annotations: { 'vnd.docker.reference.type': 'x' },
          },
          { ...entry, platform: { os: 'linux', architecture: 'amd64' } },
        ],
      },
      types.index,
    ),
  )
  assert.equal(found.kind === 'index' && found.entries.length, 1)
})

test('a platform runs itself and its lesser variants, best first', () => {
  const list = (text: string) =>
    runnable(value(parsePlatform(text)))
      .map(platformText)
      .join(' ')
  assert.equal(list('linux/x86_64'), 'linux/amd64 linux/386')
  assert.equal(list('linux/amd64/v3'), 'linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386')
  assert.equal(list('linux/arm'), 'linux/arm/v7 linux/arm/v6 linux/arm/v5')
  assert.equal(list('linux/arm/6'), 'linux/arm/v6 linux/arm/v5')
  assert.equal(list('linux/aarch64'), 'linux/arm64')
  assert.equal(list('linux/arm64/v8'), 'linux/arm64')
  assert.equal(list('linux/riscv64'), 'linux/riscv64')
  assert.match(refusal(parsePlatform('amd64')).message, /os\/architecture/)
})

test('a challenge is read whatever its spelling', () => {
  const realm = 'https://auth.example/token?a=1,2'
  const bearer = { scheme: 'bearer', realm, service: 'a "registry"' }
  assert.deepEqual(parseChallenge(`Bearer realm="${realm}",service="a \\"registry\\"",scope="x:y:pull,push"`), bearer)
  assert.deepEqual(parseChallenge(`Basic realm="x", BEARER Realm="${realm}" , service="a \\"registry\\""`), bearer)
  assert.deepEqual(parseChallenge('Basic realm="x"'), { scheme: 'basic' })
  assert.deepEqual(parseChallenge('Negotiate, Basic'), { scheme: 'basic' })
  for (const none of [undefined, '', 'Bearer service="x"', 'Digest realm="x"', '"', ',,,', '='.repeat(100_000)]) {
    assert.equal(parseChallenge(none), null)
  }
})

test('a pause is asked for in seconds or by a date', () => {
  assert.equal(retryAfterMs('7', 0), 7000)
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000), 6000)
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4000), 0)
  assert.equal(retryAfterMs('soon', 0), null)
  assert.equal(retryAfterMs(undefined, 0), null)
})
