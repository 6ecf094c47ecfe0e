import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { putReferences } from '../../src/dataroot/images/references.ts'
import { containerOf, volumeOf } from '../support/specs.ts'
import { openLab as openCoreLab, value } from '../integration/core-lab.ts'
import { execute } from '../../src/converge/executors.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import type { Action } from '../../src/model/action.ts'
import { ok, unknown } from '../../src/model/errors.ts'
import { storeImage } from '../support/hand-made-image.ts'
import { stepOf } from '../support/step-of.ts'
import { startEngine } from '../support/stock-engine.ts'

const layer = [
  { name: 'bin/hello', content: '#!/usr/bin/true\n', mode: 0o755 },
  { name: 'data/', mode: 0o1777 },
  { name: 'data/first', content: 'of the image' },
]
const config = {
  Env: ['GREETING=hello'],
  Entrypoint: ['/bin/hello'],
  Cmd: ['world'],
  User: '7:8',
  WorkingDir: '/srv',
  Volumes: { '/data': {} },
  Labels: { made: 'by hand' },
  ExposedPorts: { '80/tcp': {} },
  StopSignal: 'SIGQUIT',
  Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000 },
}

test('a stock dockerd takes a container that we made from an image for one of its own', async t => {
  const lab = openCoreLab(t)
  const paths = dataRootPaths(join(lab.dir, 'root'), lab.config.runDir)
  const { rootId } = value(openRoot(paths, { create: true }))
  const { imageId } = await storeImage(value(openImageStores(paths)), [layer], { config: { config } })
  value(putReferences(value(openImageStores(paths)), [{ repository: 'web', reference: 'web:1' }], imageId))
  const readRunFacts = () => unknown('not looked at')
  const deps = {
    paths,
    rootId,
    core: lab.core,
    now: Date.now,
    heldCapabilities: 0n,
    makeCgroupRoom: async () => ok(undefined),
    readRunFacts,
    readBoundFiles: async () => ({}),
    beginPull: () => {},
  }
  const run = async (action: Action) => value(await execute(deps, stepOf(action)))
  const [id, anonymous] = [lab.newContainerId(), 'a1'.repeat(32)]
  const silent = { rootfs: null, image: 'web:1', entrypoint: [], command: ['there'], user: '', workingDir: '' }
  const mounts = [{ type: 'volume', name: 'named', target: '/named', readOnly: false, noCopy: true }] as const
  const container = containerOf('shop/web', {
    labels: { team: 'shop' },
    spec: { ...silent, env: { PLACE: 'here' }, mounts },
    stop: { signal: null, graceMs: null },
    restart: { policy: 'no', maxRetries: 0 },
  })
  await run({ kind: 'create-volume', name: 'named', volume: volumeOf('named'), anonymous: false })
  const image = { id: imageId, reference: 'web:1' }
  await run({
    kind: 'create-container',
    id,
    container,
    limits: noLimits,
    anonymousVolumes: { '/data': anonymous },
    image,
  })
  const copy = join(lab.dir, 'copy')
  assert.equal(spawnSync('cp', ['-a', '--sparse=always', paths.root, copy]).status, 0)
  const engine = await startEngine(copy)
  let warnings: readonly string[] = ['not stopped']
  try {
    const { docker } = engine
    assert.equal(
      docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Image}} {{.Names}}').trim(),
      `${id} web:1 shop-web`,
    )
    const [seen] = JSON.parse(docker('inspect', id))
    assert.deepEqual([seen.Image, seen.Driver, seen.Path, seen.Args], [imageId, 'overlay2', '/bin/hello', ['there']])
    const { Env, User, WorkingDir, Labels, Volumes, ExposedPorts, StopSignal, Healthcheck } = seen.Config
    assert.deepEqual([Env, User, WorkingDir], [['PLACE=here', 'GREETING=hello'], '7:8', '/srv'])
    assert.deepEqual(Labels, { made: 'by hand', team: 'shop' })
    assert.deepEqual([Volumes, ExposedPorts, StopSignal], [{ '/data': {} }, { '80/tcp': {} }, 'SIGQUIT'])
    assert.deepEqual(Healthcheck, config.Healthcheck)
    assert.deepEqual(
      seen.Mounts.map((mount: Record<string, unknown>) => [mount['Name'], mount['Destination']]).sort(),
      [
        [anonymous, '/data'],
        ['named', '/named'],
      ],
    )
    assert.equal(docker('diff', id).trim(), '')
    // what is anonymous goes with it, what has a name stays
    docker('rm', '-v', 'shop-web')
    assert.equal(docker('volume', 'ls', '-q').trim(), 'named')
  } finally {
    warnings = await engine.stop()
    rmSync(copy, { recursive: true, force: true })
  }
  assert.deepEqual(warnings, [])
  await run({ kind: 'delete-container', id, deleteVolumes: [anonymous] })
})
