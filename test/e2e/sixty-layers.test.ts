/** An image may have as many layers as builders make; also where the kernel takes their names only as one page of options. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { identifyProcess } from '../../src/dataroot/records/process-identity.ts'
import { hostPlatform } from '../../src/image/host-platform.ts'
import { loadArchive } from '../../src/image/load.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { eventually, readText } from '../support/lab.ts'
import { labPrefix } from '../support/leaks.ts'
import { saidIn } from '../support/log-text.ts'
import { openRealHost, type RealHost } from '../support/real-host.ts'
import { value } from '../support/registry-client.ts'
import { removeLab } from '../support/remove-lab.ts'
import { containerOf, desiredOf, sourceOf } from '../support/specs.ts'
import { dir, file, link, tar } from '../support/tar.ts'

const layerCount = 60
const patienceMs = 60_000
const programs = [
  dir('bin/'),
  { name: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
  ...['sh', 'ls', 'wc', 'cat', 'sleep'].map(name => link(`bin/${name}`, 'busybox')),
]
/** Each layer adds a file of its own, replaces one that all have, and hides one of the layer below. */
const layers = Array.from({ length: layerCount }, (_, index) =>
  tar(
    ...(index === 0 ? programs : []),
    dir('layers/'),
    file(`layers/own-${index}`),
    file(`layers/once-${index}`),
    ...(index === 0 ? [] : [file(`layers/.wh.once-${index - 1}`, '')]),
    file('top', `the top is ${index}\n`),
  ),
)
const script = 'ls /layers | wc -l; ls /layers/once-*; cat /top; echo new >/top; exec sleep 1000'
const deep = containerOf('deep', {
  spec: { rootfs: null, image: 'hand/deep:1', command: ['/bin/sh', '-c', script], env: { PATH: '/bin' } },
  pull: 'never',
  stop: { signal: 'SIGTERM', graceMs: 500 },
})
const nothing = desiredOf([], {
  sources: [sourceOf({ allowEmpty: true })],
  absentSinceMs: { 'container deep': 0 },
})

async function load({ deps: { paths, core } }: RealHost, path: string): Promise<void> {
  const owner = identifyProcess(process.pid) ?? assert.fail('no /proc')
  const deps = { at: value(openImageStores(paths)), core, owner, nowMs: () => Date.now() }
  const options = { platform: hostPlatform(), repository: null }
  value(await loadArchive(deps, { path }, options, () => undefined, new AbortController().signal))
}

/** Of the overlay that is the root of this process. */
function lowerCount(pid: number): number {
  const root = readText(`/proc/${pid}/mountinfo`)
    .split('\n')
    .find(line => line.split(' ')[4] === '/')
  const options = (root?.split(' ').at(-1) ?? '').split(',').filter(option => option.startsWith('lowerdir'))
  return options.flatMap(option => option.replace(/^lowerdir\+?=/, '').split(':')).length
}

test('an image of sixty layers starts, shows them in their order, and is removed again', async t => {
  const folder = mkdtempSync(labPrefix)
  const host = openRealHost(folder)
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` })
  })
  writeFileSync(join(folder, 'deep.tar'), dockerArchive('hand/deep:1', layers))
  await load(host, join(folder, 'deep.tar'))
  const { observed } = await host.converge(desiredOf([deep]), patienceMs)
  const [container] = observed.containers
  assert.ok(container?.phase.known && container.phase.value.phase === 'running', JSON.stringify(container?.phase))
  const said = [String(layerCount + 1), `/layers/once-${layerCount - 1}`, `the top is ${layerCount - 1}`, ''].join('\n')
  const log = () => saidIn(containerPaths(host.deps.paths, container.id).log)
  await eventually(
    () => log() === said,
    patienceMs,
    () => `not what the layers show: ${log()}`,
  )
  // and the one of /etc and /dev that every container has
  assert.equal(lowerCount(container.phase.value.process.pid), layerCount + 1)
  await host.converge(nothing, patienceMs)
})
