/** A volume that comes to a running container begins with what the image has there, as one that is there from the start. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { busybox } from '../support/busybox-layer.ts'
import { dockerArchive } from '../support/docker-archive.ts'
import { type Lab, makeLab } from '../support/lab.ts'
import { makeOddTree, tarOf } from '../support/odd-tree.ts'
import { tar } from '../support/tar.ts'
import { treeInventory } from '../support/tree-inventory.ts'

const manifest = (name: string, mounts: readonly string[]) => `---
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { image: "odd:1", pull: never, stop: { grace: 0s }, mounts: ${JSON.stringify(mounts)} }
`

async function withImage(lab: Lab): Promise<void> {
  const [tree, layer, archive] = ['tree', 'layer.tar', 'image.tar'].map(name => join(lab.folder, name)) as [
    string,
    string,
    string,
  ]
  makeOddTree(tree)
  tarOf(tree, layer)
  const layers = [readFileSync(layer), tar(...busybox('sleep'))]
  writeFileSync(archive, dockerArchive('odd:1', layers, [], { Cmd: ['/bin/sleep', '1000'] }))
  await lab.expect(0, 'images', 'load', archive)
}

test('a volume that is added to a running container is filled as at creation, and one that has something is left', async t => {
  const lab = makeLab(t)
  await withImage(lab)
  const data = (volume: string) => join(lab.root, 'volumes', volume, '_data')
  const before = manifest('early', ['first:/srv/data', 'used:/used']) + manifest('late', [])
  const file = lab.write('all.yaml', before)
  await lab.expect(0, '--once', file)
  const pid = await lab.pid('late')
  writeFileSync(join(data('used'), 'own'), 'of its owner')
  const mounts = ['second:/srv/data', 'used:/srv/small', 'bare:/srv/empty:nocopy']
  lab.write('all.yaml', manifest('early', ['first:/srv/data', 'used:/used']) + manifest('late', mounts))
  match((await lab.expect(0, '--once', file)).stdout, /late +mounted volume second .*in place/)
  equal(await lab.pid('late'), pid)
  deepEqual(treeInventory(data('second')), treeInventory(data('first')))
  equal(treeInventory(data('second')).length > 10, true)
  deepEqual(readdirSync(data('used')), ['own'], 'nothing is added to what is in use')
  equal(readFileSync(`/proc/${pid}/root/srv/small/own`, 'utf8'), 'of its owner')
  match((await lab.expect(0, 'plan', file)).stdout, /nothing to do/)
})
