import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { noLimits } from '../../src/model/limits.ts'
import { bundle } from './core-bundle.ts'
import { type CoreLab, openLab, value } from './core-lab.ts'

const starts = 50

/** Replaces a file by rename several times in every start; until the returned function is called. */
async function replaceInALoop(path: string): Promise<() => Promise<unknown>> {
  const script = `
    const { renameSync, writeFileSync } = require('node:fs')
    for (let n = 0; ; n++) {
      writeFileSync(${JSON.stringify(`${path}.next`)}, String(n))
      renameSync(${JSON.stringify(`${path}.next`)}, ${JSON.stringify(path)})
      if (n === 0) console.log('begun')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.2)
    }`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  return () => {
    child.kill('SIGKILL')
    return ended
  }
}

test(`no start fails because a bound file is replaced meanwhile: ${starts} of ${starts}`, async t => {
  const lab = openLab(t)
  const source = `${lab.dir}/site.conf`
  writeFileSync(source, 'first')
  const end = await replaceInALoop(source)
  try {
    await startAll(lab, source)
  } finally {
    await end()
  }
})

async function startAll(lab: CoreLab, source: string): Promise<void> {
  for (let n = 0; n < starts; n++) {
    const { plan, containerId } = bundle(lab, ['sleep', '60'])
    const mount = { type: 'bind', source, target: '/etc/site.conf', readOnly: true, recursive: true } as const
    value(await lab.core.start({ ...plan, mounts: [...plan.mounts, { ...mount, propagation: 'rprivate' }] }, noLimits))
    value(await lab.core.cleanup(containerId))
  }
}
