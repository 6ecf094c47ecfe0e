/** Who joins a namespace of another container depends on it, and still waits for what the manifest says. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { resolveDependsOn } from '../../../src/manifest/depends-on.ts'
import type { Spec } from '../../../src/manifest/generated/manifests.ts'

const dependsOn = (written: Spec['dependsOn']) =>
  resolveDependsOn({ rootfs: 'host', namespaces: { net: 'container:db' }, dependsOn: written } as Spec, () => {})
    .dependsOn
const bound = { name: 'db', required: true, restartWith: true }

test('joining a namespace is a dependency that restarts with the other one', () => {
  deepEqual(dependsOn([]), [{ ...bound, condition: 'started' }])
})

test('a condition that is written stays', () => {
  deepEqual(dependsOn([{ name: 'db', condition: 'healthy' }]), [{ ...bound, condition: 'healthy' }])
})
