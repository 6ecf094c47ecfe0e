import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  cgroupDir,
  cgroupFile,
  command,
  makeCgroups,
  nothingIsLeft,
  openLab,
  sleeper,
  until,
  value,
} from './core-lab.ts'

test('cleanup kills every process of the container, also one that forks without end, and removes all', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const joined = ['freezer', 'memory', 'pids'].map(controller => `${cgroupDir(lab, controller, id)}/cgroup.procs`)
  const joinAll = joined.map(file => `echo $$ > ${file};`).join(' ')
  const forker = await command(t, 'sh', '-c', `${joinAll} while :; do sleep 60 & sleep 0.01; done`)
  const inNested = await sleeper(t)
  mkdirSync(join(cgroupDir(lab, 'memory', id), 'nested'))
  mkdirSync(join(lab.runDir, id.slice(0, 16)))
  writeFileSync(join(lab.runDir, id.slice(0, 16), 'plan'), 'damaged')
  writeFileSync(join(cgroupDir(lab, 'memory', id), 'nested/cgroup.procs'), String(inNested.pid))
  await until(() => Number(cgroupFile(lab, 'pids', id, 'pids.current')) > 5, 'a few forks')
  value(await lab.core.cleanup(id))
  nothingIsLeft(lab, id)
  await until(() => forker.signalCode === 'SIGKILL' && inNested.signalCode === 'SIGKILL', 'both dead')
})

test('cleanup of what was never there, or is gone, is fine', async t => {
  const lab = openLab(t)
  const id = lab.newContainerId()
  value(await lab.core.cleanup(id))
  value(await lab.core.cleanup(id))
  nothingIsLeft(lab, id)
})

test('a frozen container can be cleaned up', async t => {
  const lab = openLab(t)
  const id = makeCgroups(lab)
  const child = await sleeper(t)
  writeFileSync(join(cgroupDir(lab, 'freezer', id), 'cgroup.procs'), String(child.pid))
  writeFileSync(join(cgroupDir(lab, 'freezer', id), 'freezer.state'), 'FROZEN')
  value(await lab.core.cleanup(id))
  nothingIsLeft(lab, id)
})

test('cleanup leaves the neighbours alone', async t => {
  const lab = openLab(t)
  const [mine, other] = [makeCgroups(lab), makeCgroups(lab)]
  const neighbour = await sleeper(t)
  writeFileSync(join(cgroupDir(lab, 'memory', other), 'cgroup.procs'), String(neighbour.pid))
  value(await lab.core.cleanup(mine))
  assert.equal(neighbour.signalCode, null)
  value(await lab.core.cleanup(other))
  nothingIsLeft(lab, other)
})
