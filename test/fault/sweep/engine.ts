import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { listStores } from '../../../src/dataroot/images/list-stores.ts'
import { containerPaths, isContainerId } from '../../../src/dataroot/layout/paths.ts'
import { hostCommand } from '../../support/host-command.ts'
import { value } from '../../support/registry-client.ts'
import { startEngine } from '../../support/stock-engine.ts'
import type { Stage } from './stage.ts'

/** A stock dockerd on a copy of the data-root lists every image and container that is committed, and gives out each image. */
export async function assertEngineLists(stage: Stage): Promise<void> {
  const copy = join(stage.lab.folder, 'copy')
  hostCommand('cp', '-a', '--sparse=always', stage.lab.root, copy)
  const { references } = value(listStores(stage.at))
  const tagged = references.filter(({ reference }) => !reference.includes('@'))
  const containers = readdirSync(stage.paths.containers).filter(
    id => isContainerId(id) && existsSync(containerPaths(stage.paths, id).config),
  )
  const engine = await startEngine(copy)
  try {
    const images = engine.docker('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')
    assert.deepEqual(
      lines(images).filter(line => !line.startsWith('<none>')),
      tagged.map(({ reference, imageId }) => `${reference} ${imageId}`).sort(),
    )
    const listed = lines(engine.docker('ps', '-a', '--no-trunc', '--format', '{{.ID}}'))
    const deleting = (id: string) => existsSync(containerPaths(stage.paths, id).deleting)
    const missing = containers.filter(id => !listed.includes(id) && !deleting(id))
    assert.deepEqual(missing, [], 'containers that the engine does not list')
    const saved = join(stage.lab.folder, 'saved.tar')
    for (const { reference } of tagged) engine.docker('save', '-o', saved, reference)
    rmSync(saved, { force: true })
  } finally {
    await engine.stop()
    rmSync(copy, { recursive: true, force: true })
  }
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .sort()
