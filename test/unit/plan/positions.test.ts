import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { limitPaths, positionOf } from '../../../src/plan/positions.ts'
import * as specs from '../../support/specs.ts'

const at = (line: number) => ({ file: '/m/web.yaml', line, column: 5 })
const container = specs.containerOf('web', {
  origin: { source: '/m', ...at(4) },
  positions: {
    spec: at(5),
    'spec.command': at(6),
    'spec.env': at(7),
    'spec.limits': at(10),
    'spec.limits.cpus': at(11),
  },
})

test('a step stands where its first field stands in the manifest', () => {
  deepEqual(positionOf(container, ['spec.command', 'spec.env']), at(6))
})

test('a field that is no longer there is placed where it was: in the mapping around it', () => {
  deepEqual(positionOf(container, ['spec.env.TZ']), at(7))
  deepEqual(positionOf(container, limitPaths('memoryBytes')), at(10))
})

test('a quota is found where `cpus` says it', () => {
  deepEqual(positionOf(container, limitPaths('cpuQuotaUs')), at(11))
})

test('what stands nowhere is placed at the name', () => {
  deepEqual(positionOf(container, ['spec.mounts.0']), at(4))
  deepEqual(positionOf(container, []), at(4))
})
