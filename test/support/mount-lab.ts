import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { BindMount, DesiredState, Mount } from '../../src/model/desired.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { driftReport, driftText } from '../../src/status/objects/drift.ts'
import { plan } from '../../src/plan/plan.ts'
import { plain } from '../../src/status/text/paint.ts'
import { hostCommand } from './host-command.ts'
import { requireRoot } from './lab.ts'
import { labPrefix } from './leaks.ts'
import { openRealHost, type RealHost } from './real-host.ts'
import { removeLab } from './remove-lab.ts'
import { containerOf, desiredOf, idOf } from './specs.ts'

const command = ['sleep', '1000']

/** A container on this kernel, with a directory of the host's to bind from. */
export type MountLab = {
  readonly folder: string
  readonly host: RealHost
  /** Called when the containers have ended, the last one first; then the folder goes. */
  readonly after: (clean: () => void) => void
  /** Begins to run with these mounts; gives its pid. */
  readonly run: (mounts: readonly Mount[], rootfs?: string) => Promise<number>
  /** a pass for what was last run */
  readonly pass: (mounts?: readonly Mount[]) => Promise<Outcome>
  readonly desired: (mounts: readonly Mount[]) => DesiredState
  /** what `reconcile drift` says now, without its last line */
  readonly drift: () => Promise<string[]>
  readonly pid: () => Promise<number>
  /** what is in a file, as the container sees it */
  readonly inside: (path: string) => string
  /** somebody's hand in the container's mount namespace */
  readonly byHand: (...words: string[]) => void
  readonly write: (name: string, text: string) => string
}

export function makeMountLab(t: TestContext): MountLab {
  requireRoot()
  const folder = realpathSync(mkdtempSync(labPrefix))
  const host = openRealHost(folder)
  const cleaning: (() => void)[] = []
  t.after(async () => {
    host.close()
    await removeLab({ folder, root: `${folder}/root`, run: `${folder}/run` }, () => {
      for (const clean of cleaning.toReversed()) clean()
    })
  })
  let current = desiredOf([])
  let pid = 0
  const desired = (mounts: readonly Mount[], rootfs: string): DesiredState =>
    desiredOf([containerOf('web', { spec: { command, mounts, rootfs } })])
  const pidNow = async () => {
    const phase = (await host.observe(current)).containers[0]?.phase
    assert.ok(phase?.known && phase.value.phase === 'running')
    return phase.value.process.pid
  }
  return {
    folder,
    host,
    after: clean => void cleaning.push(clean),
    run: async (mounts, rootfs = 'host') => {
      current = desired(mounts, rootfs)
      await host.converge(current)
      pid = await pidNow()
      return pid
    },
    pass: mounts => host.pass(mounts === undefined ? current : desired(mounts, 'host')),
    desired: mounts => desired(mounts, 'host'),
    pid: pidNow,
    drift: async () => {
      const observed = await host.observe(current)
      const { blocked } = plan(current, observed, () => idOf(1))
      const text = driftText(driftReport(current, observed, { blocked }), { ...show, nowMs: observed.nowMs })
      return text
        .replaceAll(folder, 'LAB')
        .split('\n')
        .slice(0, -1)
        .map(line => line.trim().replaceAll(/ {2,}/g, '   '))
    },
    inside: path => readFileSync(`/proc/${pid}/root${path}`, 'utf8'),
    byHand: (...words) =>
      void hostCommand('nsenter', `--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, ...words),
    write: (name, text) => {
      mkdirSync(`${folder}/${name}`.replace(/\/[^/]*$/, ''), { recursive: true })
      writeFileSync(`${folder}/${name}`, text)
      return `${folder}/${name}`
    },
  }
}

const show = { paint: plain, showValues: false, display: (path: string) => path }

export const volume = (name: string, target: string, readOnly = false): Mount => ({
  type: 'volume',
  name,
  target,
  readOnly,
  noCopy: false,
})

export const bind = (source: string, target: string, wish: Partial<BindMount> = {}): BindMount => ({
  type: 'bind',
  source,
  target,
  readOnly: false,
  recursive: true,
  propagation: 'rprivate',
  createSource: false,
  ...wish,
})

export const tmpfs = (target: string, sizeBytes: number | null = null): Mount => ({
  type: 'tmpfs',
  target,
  readOnly: false,
  sizeBytes,
  mode: null,
})
