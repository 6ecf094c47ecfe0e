import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainIdOf, chainIdsOf, digestOf } from '../../../../src/dataroot/images/digest.ts'
import { parseImageConfig } from '../../../../src/dataroot/images/image-config.ts'

const [a, b, c] = ['a', 'b', 'c'].map(letter => `sha256:${letter.repeat(64)}`) as [string, string, string]
const rootfs = { type: 'layers', diff_ids: [a, b] }
const parse = (value: unknown) =>
  parseImageConfig(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
const parsed = (value: unknown) => {
  const result = parse(value)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
const refusal = (value: unknown) => {
  const result = parse(value)
  return result.ok ? 'accepted' : result.error.message.replace('image configuration: ', '')
}

test('a ChainID is the digest of the ChainID below, a space and the DiffID', () => {
  assert.deepEqual(chainIdsOf([]), [])
  assert.deepEqual(chainIdsOf([a, b]), [a, digestOf(`${a} ${b}`)])
  assert.equal(chainIdOf(chainIdOf(a, b), c), chainIdsOf([a, b, c])[2])
})

test('what an image leaves out has a default, and null is as good as left out', () => {
  const { defaults } = parsed({ rootfs, config: { Entrypoint: null, Labels: null, Env: null } })
  assert.deepEqual(defaults, parsed({ rootfs }).defaults)
  assert.deepEqual([defaults.entrypoint, defaults.command, defaults.env, defaults.labels], [null, null, [], {}])
  assert.deepEqual(parsed({ rootfs: { type: 'layers', diff_ids: null } }).diffIds, [])
})

test('an image says what containers of it run', () => {
  const { defaults, diffIds, history } = parsed({
    architecture: 'amd64',
    os: 'linux',
    rootfs,
    history: [{ created_by: 'COPY' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'RUN' }],
    config: {
      User: 'web',
      Env: ['A=1'],
      Entrypoint: [],
      Cmd: 'one text',
      Volumes: { '/data': {} },
      ExposedPorts: { '80/tcp': {} },
      Labels: { a: 'x', A: 'y', __proto__: 'z' },
      Healthcheck: { Test: ['CMD', 'true'], Interval: 30e9, Retries: 3 },
      StopTimeout: 0,
    },
  })
  assert.deepEqual(diffIds, [a, b])
  assert.deepEqual(
    history.map(({ createdBy, emptyLayer }) => [createdBy, emptyLayer]),
    [
      ['COPY', false],
      ['ENV', true],
      ['RUN', false],
    ],
  )
  assert.deepEqual([defaults.entrypoint, defaults.command], [[], ['one text']])
  assert.deepEqual([defaults.volumes, defaults.exposedPorts, defaults.stopTimeoutSeconds], [['/data'], ['80/tcp'], 0])
  assert.equal(defaults.healthcheck?.intervalNs, 30e9)
  assert.deepEqual(defaults.labels['A'], 'y')
})

test('a label may be named as anything', () => {
  const { labels } = parsed(
    `{"rootfs":${JSON.stringify(rootfs)},"config":{"Labels":{"__proto__":"z","constructor":"c"}}}`,
  ).defaults
  assert.deepEqual(Object.entries(labels), [
    ['__proto__', 'z'],
    ['constructor', 'c'],
  ])
  assert.equal(Object.getPrototypeOf(labels), Object.prototype)
})

test("a field's case doesn't matter, as to an engine, but it can't be there twice", () => {
  assert.equal(parsed({ RootFS: rootfs, Config: { user: 'web' } }).defaults.user, 'web')
  assert.equal(parsed(`{"rootf\u017f":${JSON.stringify(rootfs)}}`).diffIds.length, 2)
  assert.equal(refusal({ rootfs, config: { User: 'web', USER: 'root' } }), 'config has both User and USER')
  assert.equal(refusal({ rootfs, rootFS: rootfs }), 'it has both rootfs and rootFS')
  const text = JSON.stringify({ rootfs })
  assert.equal(refusal(`${text.slice(0, -1)},"rootfs":{}}`), '"rootfs" is there twice')
  assert.equal(refusal(`${text.slice(0, -1)},"config":{"Env":["A"],"E\\u006ev":[]}}`), '"Env" is there twice')
})

test('what is no image is refused with what is wrong', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    ['', 'not JSON, or cut off'],
    [JSON.stringify({ rootfs }).slice(0, -3), 'not JSON, or cut off'],
    [`\ufeff${JSON.stringify({ rootfs })}`, 'not JSON, or cut off'],
    ['null', 'it is not an object'],
    ['[]', 'it is not an object'],
    [{}, 'it has no rootfs'],
    [{ rootfs: null }, 'it has no rootfs'],
    [{ rootfs: [] }, 'rootfs is not an object'],
    [{ rootfs: { diff_ids: [a] } }, 'rootfs.type is not layers'],
    [{ rootfs: { type: 'layers', diff_ids: {} } }, 'rootfs.diff_ids is not a list'],
    [{ rootfs: { type: 'layers', diff_ids: ['sha256:../../etc'] } }, 'rootfs.diff_ids holds what is no sha256 digest'],
    [
      { rootfs: { type: 'layers', diff_ids: [`sha512:${'a'.repeat(64)}`] } },
      'rootfs.diff_ids holds what is no sha256 digest',
    ],
    [
      { rootfs: { type: 'layers', diff_ids: Array(126).fill(a) } },
      '126 layers, more than the 125 that an image can have',
    ],
    [{ rootfs, history: [{}, {}, {}] }, 'history tells of 3 layers, rootfs of 2'],
    [{ rootfs, history: [null] }, 'history.0 is not an object'],
    [{ rootfs, history: [{ empty_layer: 'yes' }] }, 'history.0.empty_layer is not true or false'],
    [{ rootfs, config: [] }, 'config is not an object'],
    [{ rootfs, config: { Env: { A: '1' } } }, 'config.Env is not a list of texts'],
    [{ rootfs, config: { Env: ['A=\0'] } }, 'config.Env is not a list of texts'],
    [{ rootfs, config: { Cmd: [1] } }, 'config.Cmd is not a list of texts'],
    [{ rootfs, config: { User: 0 } }, 'config.User is not a text'],
    [{ rootfs, config: { WorkingDir: '/a\0b' } }, 'config.WorkingDir is not a text'],
    [{ rootfs, config: { Volumes: ['/data'] } }, 'config.Volumes is not an object'],
    [{ rootfs, config: { Labels: { a: 1 } } }, 'config.Labels holds what is no text'],
    [{ rootfs, config: { Healthcheck: { Retries: 1.5 } } }, 'config.Healthcheck.Retries is not a whole number'],
    [{ rootfs, config: { StopTimeout: 1e300 } }, 'config.StopTimeout is not a whole number'],
  ]
  for (const [value, why] of cases) assert.equal(refusal(value), why)
  const invalid = parseImageConfig(Buffer.from([0x7b, 0xff, 0x7d]))
  assert.equal(!invalid.ok && invalid.error.message, 'image configuration: not UTF-8')
})

test('a configuration that is only large or deep is read or refused, at once', () => {
  const deep = `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)},"rootfs":${JSON.stringify(rootfs)}}`
  assert.ok(['accepted', 'not JSON, or cut off'].includes(refusal(deep)))
  const escapes = `{"x":"${'\\n'.repeat(2_000_000)}","rootfs":${JSON.stringify(rootfs)}}`
  assert.equal(refusal(escapes), 'accepted')
  assert.match(refusal(`{"x":"${' '.repeat(9_000_000)}"}`), /more than the 8388608 that are read/)
})
