/**
 * From the order to start a container to the first line of its payload: inside a process that is up, as a watcher is, beside
 * the kernel's own price of the same (floor.c) and beside `runc run -d`.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { noLimits } from '../../src/model/limits.ts'
import { containerPaths } from '../../src/dataroot/layout/paths.ts'
import { until } from '../integration/core-lab.ts'
import { removeCgroups } from '../support/engine-cgroups.ts'
import { type Lab, openLab } from '../support/image-container-lab.ts'
import { hierarchy } from '../support/lab.ts'
import { value } from '../support/registry-client.ts'
import { containerOf } from '../support/specs.ts'
import { bench } from './support/bench.ts'
import { command } from './support/command.ts'
import { isInstalled } from './support/machine.ts'
import { compiled, smallRoot } from './support/payloads.ts'
import { openRunc } from './support/runc.ts'
import { median, printAim, printTable } from './support/table.ts'

const turns = 20
const eachTurn = 4
const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids']

await bench(async context => {
  const { folder } = context
  const root = smallRoot(folder)
  const lab = openLab(context)
  const floor = compiled('floor', folder)
  const cgroup = `reconcile-floor-${process.pid}`
  context.after(() => removeCgroups(cgroup))
  const work = join(folder, 'work')
  mkdirSync(work)
  const places = [...new Set(controllers.map(hierarchy))]
  const runc = isInstalled('runc') ? openRunc(context, root, ['/stamp']) : null
  const [floors, ours, theirs]: number[][] = [[], [], []]
  for (let turn = 0; turn < turns; turn++) {
    const said = command(floor, `${eachTurn}`, root, work, cgroup, ...places)
    floors?.push(...said.trim().split('\n').map(toMs))
    for (let i = 0; i < eachTurn; i++) ours?.push(await oneOfOurs(lab, root))
    if (runc !== null) theirs?.push(await oneOfRunc(runc, `bench-${process.pid}-${turn}`))
  }
  printTable('from the order to the payload', 'ms', [
    { name: 'reconcile', samples: ours ?? [], note: 'record, cgroups, shim, overlay, log, run state' },
    { name: 'kernel floor', samples: floors ?? [], note: 'the same kernel work, nothing else' },
    ...(runc === null ? [] : [{ name: 'runc run -d', samples: theirs ?? [], note: 'no overlay, no log' }]),
  ])
  printAim('beside the kernel floor', median(ours ?? []) / median(floors ?? []), 1.6)
  if (runc !== null) printAim('beside runc', median(ours ?? []) / median(theirs ?? []), 1 / 8)
})

function toMs(nanoseconds: string): number {
  return Number(nanoseconds) / 1e6
}

function nowNs(): number {
  return Number(process.hrtime.bigint())
}

async function oneOfOurs(lab: Lab, rootfs: string): Promise<number> {
  const id = lab.newId()
  const container = containerOf('bench', { spec: { rootfs, command: ['/stamp'] } })
  const limits = { ...noLimits, memoryBytes: 64 * 1024 ** 2, pids: 100, cpuShares: 512 }
  value(await lab.run({ kind: 'create-container', id, container, limits, anonymousVolumes: {}, image: null }))
  const begun = nowNs()
  value(await lab.run({ kind: 'start-container', id, restart: false, streak: 0 }))
  const line = await until(() => {
    const [, stamp] = /"log":"(\d+)/.exec(readFileSync(containerPaths(lab.paths, id).log, 'utf8')) ?? []
    return stamp
  }, 'the payload')
  value(await lab.core.cleanup(id))
  value(await lab.run({ kind: 'delete-container', id, deleteVolumes: [] }))
  return (Number(line) - begun) / 1e6
}

async function oneOfRunc(runc: ReturnType<typeof openRunc>, id: string): Promise<number> {
  const begun = nowNs()
  const output = runc.run(id)
  const line = await until(() => /^\d+/.exec(readFileSync(output, 'utf8'))?.[0], 'the payload')
  runc.remove(id)
  return (Number(line) - begun) / 1e6
}
