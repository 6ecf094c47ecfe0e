import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { ConvergeDeps } from '../../src/converge/deps.ts'
import { execute } from '../../src/converge/executors.ts'
import { readHeldCapabilities } from '../../src/converge/held-capabilities.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { openRoot } from '../../src/dataroot/layout/root.ts'
import type { DesiredState } from '../../src/model/desired.ts'
import { ok } from '../../src/model/errors.ts'
import type { ObservedState } from '../../src/model/observed.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { readBoundFiles } from '../../src/observe/file-content.ts'
import { observe } from '../../src/observe/observe.ts'
import { readGivenRun } from '../../src/observe/run-look.ts'
import { type Host, reconcile } from '../../src/reconcile.ts'
import { type Core, openCore } from '../../src/runtime/core.ts'

/** Passes on this kernel, in a data-root below `folder`; without command line, locks or sources. */
export type RealHost = {
  readonly deps: ConvergeDeps
  readonly observe: (desired: DesiredState) => Promise<ObservedState>
  readonly pass: (desired: DesiredState) => Promise<Outcome>
  /** Passes until one finds nothing to do and nothing to wait for. */
  readonly converge: (desired: DesiredState, limitMs?: number) => Promise<Outcome>
  readonly close: () => void
}

/** `wrap` may put something between the executors and the core. */
export function openRealHost(folder: string, wrap: (core: Core) => Core = core => core): RealHost {
  const paths = dataRootPaths(`${folder}/root`, `${folder}/run`)
  mkdirSync(folder, { recursive: true })
  const root = openRoot(paths, { create: true })
  assert.ok(root.ok, JSON.stringify(root))
  const { rootId } = root.value
  const shimPath = `${process.cwd()}/build/reconcile-shim`
  const core = openCore({ rootId, runDir: paths.run, shimPath, cgroupParent: `reconcile-${rootId}` })
  assert.ok(core.ok, JSON.stringify(core))
  const heldCapabilities = readHeldCapabilities('/proc')
  const deps: ConvergeDeps = {
    paths,
    rootId,
    core: wrap(core.value),
    now: Date.now,
    heldCapabilities,
    makeCgroupRoom: async () => ok(undefined),
    readRunFacts: (pid, spec) => readGivenRun('/proc', pid, spec),
    readBoundFiles: mounts => readBoundFiles(mounts, Date.now),
    beginPull: () => {},
  }
  const host: Host = {
    observe: desired => observe({ paths, rootId, now: Date.now }, desired),
    mint: () => randomBytes(32).toString('hex'),
    execute: step => execute(deps, step),
    onStep: () => {},
    elapsedMs: () => performance.now(),
  }
  const pass = (desired: DesiredState) => reconcile(desired, host, new AbortController().signal)
  return {
    deps,
    observe: desired => host.observe(desired, 'all'),
    pass,
    converge: (desired, limitMs) => untilQuiet(pass, desired, limitMs),
    close: () => core.value.close(),
  }
}

async function untilQuiet(pass: RealHost['pass'], desired: DesiredState, limitMs = 15_000): Promise<Outcome> {
  for (const endMs = Date.now() + limitMs; ; ) {
    const outcome = await pass(desired)
    const { steps, waiting } = outcome.plan
    if (steps.length === 0 && waiting.length === 0) return outcome
    if (Date.now() > endMs)
      assert.fail(`still busy after ${limitMs} ms: ${JSON.stringify({ waiting, steps: outcome.steps })}`)
    await setTimeout(10)
  }
}
