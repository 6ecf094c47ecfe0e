/** A bind source that is replaced makes a watcher read the containers that bind it, and none of the others that run. */
import { deepEqual, ok } from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { openManifests } from '../../src/cli/manifests/manifests.ts'
import { openWorld } from '../../src/cli/world/wire.ts'
import { contextOf } from '../support/context-of.ts'
import { eventually, makeLab } from '../support/lab.ts'
import { containerText } from '../support/manifest-text.ts'

const manifest = (name: string, source: string) =>
  containerText(name, ['sleep', '1000'], `  stop: { grace: 0s }\n  mounts: ["${source}:/etc/site.conf:ro"]\n`)

async function underWatch(t: TestContext) {
  let close = async () => {}
  t.after(() => close())
  const lab = makeLab(t)
  for (const source of ['shared', 'own']) writeFileSync(`${lab.folder}/${source}`, 'first')
  for (const [name, source] of Object.entries({ one: 'shared', two: 'shared', alone: 'own' }))
    lab.write(`${name}.yaml`, manifest(name, `${lab.folder}/${source}`))
  await lab.expect(0, '--once', lab.manifests)
  const context = contextOf(lab)
  const opened = await openWorld(context)
  ok(opened.ok, JSON.stringify(opened))
  const world = opened.value
  close = async () => {
    await world.pulls.close()
    world.close()
  }
  const { desired } = await (await openManifests(context, [lab.manifests], 'once')).read()
  while (world.watches.refresh(await world.observe(desired, 'all'))) continue
  return { lab, world, look: () => world.observe(desired, 'touched') }
}

test('of three that run the two whose bound file was replaced are read, and only they', async t => {
  const { lab, world, look } = await underWatch(t)
  deepEqual((await look()).fresh, new Set())
  let told = 0
  world.core.onEvent(({ type }) => void (type === 'mounts' && told++))
  writeFileSync(`${lab.folder}/new`, 'second')
  renameSync(`${lab.folder}/new`, `${lab.folder}/shared`)
  await eventually(
    () => told > 0,
    20_000,
    () => 'no event came',
  )
  const { containers, fresh } = await look()
  const read = containers.filter(({ id }) => fresh?.has(id))
  deepEqual(read.map(({ declaration }) => declaration.name.name).sort(), ['one', 'two'])
  for (const { mountDrifts } of read)
    deepEqual(mountDrifts?.known === true && mountDrifts.value.map(({ fault }) => fault.kind), ['source-replaced'])
})
