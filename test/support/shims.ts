import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { readText } from './lab.ts'

/** As the run directory says: a container's process and its shim, which need not live. */
export type RunState = { readonly containerId: string; readonly pid: number; readonly shimPid: number }

/** Of all runs below a run directory whose process has started. */
export function runStates(run: string): readonly RunState[] {
  return globSync(`${run}/*/*/state`).flatMap(path => {
    const texts = [readText(path), readText(`${dirname(path)}/plan`)]
    if (texts.includes('')) return []
    const [{ pid, shimPid }, { containerId }] = texts.map(text => JSON.parse(text)) as [RunState, RunState]
    return [{ containerId, pid, shimPid }]
  })
}

/** The run directory names another live shim for the process than the dead one. */
export const hasAnotherShim = (run: string, pid: number, dead: number): boolean =>
  runStates(run).some(state => state.pid === pid && state.shimPid !== dead && isShim(state.shimPid))

export const isShim = (pid: number): boolean => readText(`/proc/${pid}/cmdline`).includes('reconcile-shim')
