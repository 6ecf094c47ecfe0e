import * as fc from 'fast-check'
import { fullName } from '../../src/model/identity.ts'
import type { ObservedContainer, ObservedState } from '../../src/model/observed.ts'
import { situation, type Situation } from './arbitraries.ts'
import { lookOf } from './model-looks.ts'
import { names } from './seeds.ts'
import * as specs from './specs.ts'

/** Situations in which one depends on another that doesn't run, and that on a third; mostly nobody declares them any more. */
export const goingChain: fc.Arbitrary<Situation> = fc
  .record({
    one: situation,
    order: fc.shuffledSubarray([...names], { minLength: names.length }),
    isCreated: fc.boolean(),
    stillDeclared: fc.subarray([...names], { maxLength: 1 }),
    closes: fc.nat({ max: 9 }),
  })
  .map(({ one, order, isCreated, stillDeclared, closes }) => {
    const [, middle, last] = order
    const chained = (container: ObservedContainer): ObservedContainer => {
      const name = fullName(container.declaration.name)
      const next =
        name === last ? (closes === 0 ? order[0] : undefined) : order[order.findIndex(each => each === name) + 1]
      const need = { condition: 'started', required: true, restartWith: false } as const
      const { dependsOn: _, onChange: __, ...declaration } = container.declaration
      const needs = next === undefined ? {} : { dependsOn: [{ name: next, ...need }] }
      const restarts = { ...container.restarts, requestedAtMs: null }
      const now = {
        ...container,
        restarts,
        hold: null,
        declaration: { ...declaration, state: 'running' as const, ...needs },
      }
      return name === middle ? idle(now, isCreated) : running(now)
    }
    const firsts = new Map(one.observed.containers.toReversed().map(each => [fullName(each.declaration.name), each.id]))
    const containers = one.observed.containers
      .filter(({ id, declaration }) => firsts.get(fullName(declaration.name)) === id)
      .map(chained)
    const idleIds = new Set(containers.flatMap(({ id, phase }) => (isUp(phase) ? [] : [id])))
    const operations = one.observed.operations.filter(each => each.kind !== 'stop' || !idleIds.has(each.containerId))
    return {
      ...one,
      desired: {
        ...one.desired,
        containers: one.desired.containers.filter(({ name }) => stillDeclared.some(each => each === fullName(name))),
      },
      observed: { ...one.observed, containers, operations },
    }
  })

const isUp = (phase: ObservedState['containers'][number]['phase']) => !phase.known || phase.value.phase === 'running'

const running = (container: ObservedContainer): ObservedContainer =>
  isUp(container.phase)
    ? container
    : {
        ...container,
        phase: { known: true, value: specs.runningSince(specs.startMs - 5000) },
        kernelLimits: { known: true, value: container.recordedLimits },
        look: { known: true, value: lookOf() },
        restarts: { ...container.restarts, failedStart: null },
        exitRecorded: true,
        stopRequested: false,
      }

function idle(container: ObservedContainer, isCreated: boolean): ObservedContainer {
  if (!isUp(container.phase)) return container
  const { mountDrifts: _, files: __, ...rest } = container
  const ended = specs.exitedWith(0, specs.startMs - 100, specs.startMs - 9000)
  const phase = isCreated ? ({ phase: 'created' } as const) : ended
  return { ...rest, phase: { known: true, value: phase }, kernelLimits: null, look: null, exitRecorded: isCreated }
}
