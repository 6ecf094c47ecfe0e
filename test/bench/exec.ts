/** A command that does nothing, in a container that runs, until its exit code is here: beside `docker exec` and `runc exec`. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeLab } from '../support/lab.ts'
import { bench, elapsedMs } from './support/bench.ts'
import { command, reconcile } from './support/command.ts'
import { openDocker } from './support/docker.ts'
import { isInstalled } from './support/machine.ts'
import { smallRoot } from './support/payloads.ts'
import { openRunc } from './support/runc.ts'
import { median, printTable } from './support/table.ts'
import { containerText } from '../support/manifest-text.ts'

const rounds = 20
const payload = ['/bin/busybox', 'sleep', '1000']
const nothing = ['/bin/busybox', 'true']
const rest = '  stop: { grace: 0s }\n  limits: { memory: 64Mi, pids: 100, cpuShares: 512 }\n'

await bench(async context => {
  const root = smallRoot(context.folder)
  const lab = makeLab(context)
  lab.write('c0.yaml', containerText('c0', payload, rest, root))
  await lab.expect(0, '--once', lab.manifests)
  const docker = ['docker', 'dockerd', 'containerd'].every(isInstalled) ? await openDocker(context, root) : null
  const shared = join(context.folder, 'shared')
  mkdirSync(shared)
  docker?.keepRunning([shared], payload)
  const runc = isInstalled('runc') ? openRunc(context, root, payload) : null
  const id = `bench-${process.pid}`
  runc?.run(id)
  const [ours, program, ofDocker, ofRunc]: number[][] = [[], [], [], []]
  // in turn: what else the machine does meets all of them
  for (let round = 0; round < rounds; round++) {
    ours?.push(
      await elapsedMs(() => command(reconcile, '--root', lab.root, '--run', lab.run, 'exec', 'c0', ...nothing)),
    )
    program?.push(await elapsedMs(() => command(reconcile, '--version')))
    if (docker !== null) ofDocker?.push(await elapsedMs(() => docker.exec(...nothing)))
    if (runc !== null) ofRunc?.push(await elapsedMs(() => runc.exec(id, ...nothing)))
  }
  printTable('true in a container', 'ms', [
    { name: 'reconcile exec', samples: ours ?? [] },
    ...(docker === null ? [] : [{ name: 'docker exec', samples: ofDocker ?? [], note: 'its engine is up' }]),
    ...(runc === null ? [] : [{ name: 'runc exec', samples: ofRunc ?? [] }]),
    { name: 'reconcile --version', samples: program ?? [], note: 'the program alone' },
  ])
  const ratio = (name: string, theirs: readonly number[]) =>
    process.stdout.write(`beside ${name}: ${(median(ours ?? []) / median(theirs)).toFixed(2)} ×\n`)
  if (docker !== null) ratio('docker exec', ofDocker ?? [])
  if (runc !== null) ratio('runc exec', ofRunc ?? [])
})
