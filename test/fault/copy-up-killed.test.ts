import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { dockerArchive } from '../support/docker-archive.ts'
import { type Lab, makeLab } from '../support/lab.ts'
import { dir, file, tar } from '../support/tar.ts'

const files = 1000

const manifest = (name: string, mount: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { image: "many:1", pull: never, state: stopped, command: [/none], mounts: ["${mount}"] }
`

async function openLab(...[t]: Parameters<typeof makeLab>): Promise<Lab> {
  const lab = makeLab(t)
  const members = Array.from({ length: files }, (_, i) => file(`data/${i}`, `${i}`))
  const archive = join(lab.folder, 'many.tar')
  writeFileSync(archive, dockerArchive('many:1', [tar(dir('data/', { mode: 0o1777 }), ...members)]))
  await lab.expect(0, 'images', 'load', archive)
  return lab
}

const volumeDir = (lab: Lab, volume: string) => join(lab.root, 'volumes', volume)
const content = (lab: Lab, volume: string) => readdirSync(join(volumeDir(lab, volume), '_data'))

/** All files with the directory's own mode, or none; and nothing beside them. */
function assertWhole(lab: Lab, volume: string, expected: number): void {
  assert.equal(content(lab, volume).length, expected, volume)
  const mode = statSync(join(volumeDir(lab, volume), '_data')).mode & 0o7777
  assert.equal(mode, expected === 0 ? 0o755 : 0o1777, volume)
  assert.deepEqual(readdirSync(volumeDir(lab, volume)).sort(), ['_data', 'reconcile.json'], volume)
}

test('a pass that is killed while it copies leaves an empty volume, which the next one fills or leaves empty', async t => {
  const lab = await openLab(t)
  for (const [volume, next, expected] of [
    ['copied', '', files],
    ['unused', ':nocopy', 0],
  ] as const) {
    const copying = join(volumeDir(lab, volume), 'copy-up.part')
    const pass = lab.watch('--once', lab.write(`${volume}.yaml`, manifest(volume, `${volume}:/data`)))
    while (!existsSync(copying) && pass.child.exitCode === null) await setImmediate()
    await pass.kill('SIGKILL')
    t.diagnostic(`${volume}: left are ${readdirSync(volumeDir(lab, volume)).join(' ')}`)
    // on a busy host it may have gone on before the signal came
    const isInTime = existsSync(copying)
    if (isInTime) assert.deepEqual(content(lab, volume), [])
    await lab.expect(0, '--once', lab.write(`${volume}.yaml`, manifest(volume, `${volume}:/data${next}`)))
    assertWhole(lab, volume, isInTime ? expected : files)
  }
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})

/** As a pass leaves it that is killed halfway between what it copied and the volume: its container is half made too. */
async function cutOffBetweenMoves(lab: Lab, volume: string): Promise<void> {
  await lab.expect(0, '--once', lab.write(`${volume}.yaml`, manifest(volume, `${volume}:/data`)))
  assertWhole(lab, volume, files)
  const { id } = await lab.inspect(volume)
  rmSync(join(lab.root, 'containers', id, 'config.v2.json'))
  const [data, staged] = [join(volumeDir(lab, volume), '_data'), join(volumeDir(lab, volume), 'copy-up')]
  mkdirSync(staged)
  chmodSync(staged, 0o1777)
  for (const name of content(lab, volume).slice(files / 2)) renameSync(join(data, name), join(staged, name))
  chmodSync(data, 0o755)
}

test('half a copy becomes whole with the next pass: the same container, another one, or one that has no part in it', async t => {
  const lab = await openLab(t)
  for (const [volume, name, mount] of [
    ['same', 'same', 'same:/data'],
    ['nocopy', 'nocopy', 'nocopy:/data:nocopy'],
    ['other', 'other', 'other:/elsewhere'],
    ['apart', 'apart', '/nothing'],
  ] as const) {
    await cutOffBetweenMoves(lab, volume)
    await lab.expect(0, '--once', lab.write(`${volume}.yaml`, manifest(name, mount)))
    assertWhole(lab, volume, files)
  }
})
