/** What is put right under a running process concerns exactly that process, and all that descends from it where it is moved. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  cgroupDir,
  command,
  type CoreLab,
  failure,
  makeCgroups,
  openLab,
  sleeper,
  startTicks,
  until,
  value,
} from './core-lab.ts'

const processOf = (lab: CoreLab, pid: number) => ({ pid, startTicks: startTicks(pid), bootId: lab.core.bootId })
const cgroupsOf = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8')
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .map(Number)
    .filter(child => child > 0)

test('a process and its children come back into every hierarchy, also while more are forked', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const { pid } = await command(t, 'sh', '-c', 'sleep 50 & while :; do sleep 0.01; done')
  await until(() => childrenOf(pid).length > 0, 'a child')
  const [child = 0] = childrenOf(pid)
  const { processes } = value(await lab.core.repair(id, processOf(lab, pid), { what: 'rejoinCgroups' }))
  assert.ok(processes >= 2, `${processes} were moved`)
  for (const each of [pid, child])
    for (const name of ['memory', 'pids', 'freezer']) assert.match(cgroupsOf(each), new RegExp(`:${name}:.*/${id}`))
  const again = value(await lab.core.repair(id, processOf(lab, pid), { what: 'rejoinCgroups' }))
  assert.equal(again.processes, 0)
})

test('nothing is done to another process that has the number now', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const { pid } = await sleeper(t)
  const other = { pid, startTicks: '1', bootId: lab.core.bootId }
  const before = [cgroupsOf(pid), readFileSync(`/proc/${pid}/limits`, 'utf8')]
  for (const repair of [
    { what: 'rejoinCgroups' },
    { what: 'thaw' },
    { what: 'setUlimit', resource: 'nofile', soft: 64, hard: 64 },
    { what: 'setOomScore', value: 500 },
  ] as const)
    assert.equal(failure(await lab.core.repair(id, other, repair)).code, 'E_GONE')
  assert.deepEqual([cgroupsOf(pid), readFileSync(`/proc/${pid}/limits`, 'utf8')], before)
})

test('ulimits and the OOM score of a running process are set; a hard limit is refused by name', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const { pid } = await sleeper(t)
  const process = processOf(lab, pid)
  value(await lab.core.repair(id, process, { what: 'setUlimit', resource: 'nofile', soft: 64, hard: 128 }))
  assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max open files\s+64\s+128 /m)
  value(await lab.core.repair(id, process, { what: 'setOomScore', value: 500 }))
  assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(), '500')
  const refused = failure(await lab.core.repair(id, process, { what: 'setUlimit', resource: 'x', soft: 1, hard: 1 }))
  assert.match(refused.message, /unknown ulimit "x"/)
})

test('a freeze by hand is told, and what was frozen goes on', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const [payload, shim] = [await sleeper(t), await sleeper(t)]
  const run = { containerId: id, pid: payload.pid, startTicks: startTicks(payload.pid) }
  value(await lab.core.repair(id, processOf(lab, payload.pid), { what: 'rejoinCgroups' }))
  value(lab.core.watch({ ...run, shimPid: shim.pid, shimStartTicks: startTicks(shim.pid) }))
  const state = `${cgroupDir(lab, 'freezer', id)}/freezer.state`
  writeFileSync(state, 'FROZEN')
  await lab.event({ type: 'limits', containerId: id })
  await until(() => readFileSync(state, 'utf8').trim() === 'FROZEN', 'the freeze')
  value(await lab.core.repair(id, processOf(lab, payload.pid), { what: 'thaw' }))
  assert.equal(readFileSync(state, 'utf8').trim(), 'THAWED')
})
