// Dependencies are looked at over a whole source: the parts that could not be read refuse nothing in the others.
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { dependencyFaults } from '../../../src/manifest/dependencies.ts'
import type { Dependency } from '../../../src/model/desired.ts'
import { containerOf, directory, originAt, sourceOf } from '../../support/specs.ts'

const on = (name: string, wish: Partial<Dependency> = {}): Dependency => ({
  name,
  condition: 'started',
  required: true,
  restartWith: false,
  ...wish,
})
const web = (...dependsOn: Dependency[]) => containerOf('shop/web', { dependsOn })
const messages = (...args: Parameters<typeof dependencyFaults>) =>
  dependencyFaults(...args).map(({ message }) => message)

test('a name of the own project, or of none, is found in whatever file of the source', () => {
  deepEqual(messages([web(on('db'), on('cache')), containerOf('shop/db'), containerOf('cache')], [sourceOf()]), [])
})

test('an unknown name is refused only where the whole source was read', () => {
  const unknown = ['spec.dependsOn.0: no container "dbb" is declared here; did you mean "db"?']
  const declared = [web(on('dbb')), containerOf('shop/db')]
  deepEqual(messages(declared, [sourceOf()]), unknown)
  for (const part of [{ badFiles: ['/x.yaml'] }, { scope: ['/x.yaml'] }, { read: 'vanished' as const }])
    deepEqual(messages(declared, [sourceOf(part)]), [])
})

test('what another source declares is no dependency', () => {
  const other = containerOf('shop/db', { origin: originAt('/srv/others/db.yaml', 4, '/srv/others') })
  deepEqual(messages([web(on('db')), other], [sourceOf(), sourceOf({ name: '/srv/others' })]), [
    'spec.dependsOn.0: shop/db is declared by another source, /srv/others; a dependency must be of the same one',
  ])
})

test('a circle over several files is told in each of them', () => {
  const declared = [web(on('db')), containerOf('shop/db', { dependsOn: [on('web')] })]
  const found = dependencyFaults(declared, [sourceOf()])
  deepEqual(
    found.map(({ position, message }) => [position.file, message]),
    [
      [`${directory}/shop-web.yaml`, 'shop/web would wait for itself: shop/web → shop/db → shop/web'],
      [`${directory}/shop-db.yaml`, 'shop/db would wait for itself: shop/db → shop/web → shop/db'],
    ],
  )
})
