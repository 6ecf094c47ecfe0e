import { fullName } from '../../model/identity.ts'
import type { Outcome } from '../../model/outcome.ts'
import type { Run } from '../../status/passes/run.ts'
import { readiness } from '../../supervise/readiness.ts'
import { unsettledForMs } from './readiness-time.ts'
import type { Settled } from './settled.ts'

/** The passes of a command as one run: what was done in all, and how things stand after the last pass. */
export function runOf(settled: Settled, last: Outcome): Run {
  const ready = readiness(last.plan, last.desired, last.observed)
  const unsettled = settled.ended === 'timeout' ? unsettledNames(last) : []
  const notReady = [...new Set([...ready.notReady, ...unsettled])]
  return {
    // a failure that a later pass made good is none
    steps: [
      ...settled.steps.filter(step => step.result === 'done'),
      ...last.steps.filter(step => step.result !== 'done'),
    ],
    last,
    readiness: { ...ready, notReady, ready: ready.total - ready.failed.length - notReady.length },
    ms: settled.ms,
  }
}

const unsettledNames = ({ observed }: Outcome): string[] =>
  observed.containers
    .filter(container => unsettledForMs(container, observed.nowMs) > 0)
    .map(container => fullName(container.declaration.name))
