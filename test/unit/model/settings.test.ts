import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergedSettings } from '../../../src/model/settings.ts'
import { imageVolumes, uncoveredVolumes } from '../../../src/model/image-volumes.ts'
import type { ImageDefaults } from '../../../src/model/image-config.ts'
import { containerOf } from '../../support/specs.ts'

const image: ImageDefaults = {
  user: 'web',
  exposedPorts: ['80/tcp', '443/tcp'],
  env: ['PATH=/image', 'A=1', 'B=2', 'A=3', 'NOTHING'],
  entrypoint: ['/entry'],
  command: ['serve'],
  volumes: ['/data/', 'cache', '/', '/data', '/a/../../b'],
  workingDir: 'srv/',
  labels: { a: 'image', b: 'image' },
  stopSignal: 'SIGQUIT',
  stopTimeoutSeconds: 3,
  shell: null,
  onBuild: [],
  healthcheck: null,
}

const merged = (spec: object, more: object = {}, defaults: ImageDefaults | null = image) => {
  const base = containerOf('web')
  const silent = { entrypoint: [], command: [], env: {}, user: '', workingDir: '' }
  const declared = { ...base, stop: { signal: null, graceMs: null }, ...more }
  return mergedSettings({ ...declared, spec: { ...base.spec, ...silent, ...spec } }, defaults)
}

test('a manifest that says nothing gets what the image says', () => {
  assert.deepEqual(merged({}), {
    entrypoint: ['/entry'],
    command: ['serve'],
    args: ['/entry', 'serve'],
    env: ['PATH=/image', 'A=3', 'B=2'],
    user: 'web',
    workingDir: '/srv',
    stopSignal: 'SIGQUIT',
    stopGraceMs: 3000,
    labels: { a: 'image', b: 'image', ...containerOf('web').labels },
    volumes: ['/b', '/cache', '/data'],
    exposedPorts: ['443/tcp', '80/tcp'],
  })
})

test('what the manifest says wins', () => {
  const settings = merged(
    { command: ['other'], env: { C: '9', A: '' }, user: '0', workingDir: '/w' },
    { labels: { a: 'own' }, stop: { signal: 'SIGINT', graceMs: 0 } },
  )
  assert.deepEqual(settings.args, ['/entry', 'other'])
  assert.deepEqual(settings.env, ['C=9', 'A=', 'PATH=/image', 'B=2'])
  assert.deepEqual([settings.user, settings.workingDir], ['0', '/w'])
  assert.deepEqual([settings.stopSignal, settings.stopGraceMs], ['SIGINT', 0])
  assert.deepEqual(settings.labels, { a: 'own', b: 'image' })
})

test('an entrypoint takes the image’s command away; an empty word takes both away', () => {
  assert.deepEqual(merged({ entrypoint: ['/own'] }).args, ['/own'])
  assert.deepEqual(merged({ entrypoint: ['/own'], command: ['x'] }).args, ['/own', 'x'])
  assert.deepEqual(merged({ entrypoint: [''], command: ['x'] }).args, ['x'])
  assert.deepEqual(merged({ entrypoint: [''] }).args, [])
  assert.deepEqual(merged({}, {}, { ...image, entrypoint: [''] }).args, ['serve'])
  assert.deepEqual(merged({}, {}, { ...image, entrypoint: null, command: null }).args, [])
})

test('without an image, and with one that says nothing, Docker’s defaults hold', () => {
  const silent = { ...image, workingDir: '', stopSignal: '', stopTimeoutSeconds: null, user: '' }
  for (const defaults of [null, silent]) {
    const { workingDir, stopSignal, stopGraceMs, user } = merged({}, {}, defaults)
    assert.deepEqual([workingDir, stopSignal, stopGraceMs, user], ['/', 'SIGTERM', 10_000, ''])
  }
})

test('an image’s volumes are clean paths, and those under a mount’s own target need none', () => {
  assert.deepEqual(imageVolumes(image), ['/b', '/cache', '/data'])
  const tmpfs = { type: 'tmpfs', target: '/cache', readOnly: false, sizeBytes: null, mode: null } as const
  assert.deepEqual(uncoveredVolumes(image, [tmpfs]), ['/b', '/data'])
})
