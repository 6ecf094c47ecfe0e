/** Exit codes of `exec` are those of `docker exec`, by which scripts tell what went wrong. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dockerArchive } from '../support/docker-archive.ts'
import { type Lab, makeLab } from '../support/lab.ts'
import { startEngine } from '../support/stock-engine.ts'
import { dir, file, link, tar } from '../support/tar.ts'

const cases: readonly (readonly string[])[] = [
  ['web', 'true'],
  ['web', 'sh', '-c', 'exit 7'],
  ['web', 'sh', '-c', 'kill -9 $$'],
  ['web', 'sh', '-c', 'kill -TERM $$'],
  ['web', 'nope'],
  ['web', '/bin/nope'],
  ['web', '/etc'],
  ['web', '/etc/passwd'],
  ['-u', 'nobodyhere', 'web', 'true'],
  ['-u', '0:nogrouphere', 'web', 'true'],
  ['-w', 'tmp', 'web', 'true'],
  ['-w', '/etc/passwd', 'web', 'true'],
  ['-d', 'web', 'sleep', '1'],
  ['-d', 'web', 'nope'],
  ['nothere', 'true'],
  ['-e', 'A=1', '-u', '1000', '-w', '/tmp', 'web', 'sh', '-c', '[ "$A$(id -u)$(pwd)" = 11000/tmp ]'],
]

/** Where we differ: 127 is what `docker run`, other engines and every shell say of a program that is not there. */
const missing = { 'web nope': [126, 127], 'web /bin/nope': [126, 127], '-d web nope': [1, 127] } as const

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec: { image: "exec:1", pull: never, stop: { signal: SIGKILL } }
`

async function oracle(lab: Lab, archive: string): Promise<readonly (number | null)[]> {
  const root = join(lab.folder, 'theirs')
  mkdirSync(root)
  const engine = await startEngine(root)
  try {
    engine.docker('load', '-i', archive)
    engine.docker('run', '-d', '--name', 'web', '--network', 'none', 'exec:1')
    const codes = cases.map(args => engine.attempt('exec', ...args).code)
    engine.docker('rm', '-f', 'web')
    return codes
  } finally {
    await engine.stop()
  }
}

test('exit codes are those of docker exec for the same command', async t => {
  const lab = makeLab(t)
  const archive = join(lab.folder, 'image.tar')
  const busybox = { name: 'bin/busybox', content: readFileSync('/bin/busybox'), mode: 0o755 }
  const links = ['sh', 'sleep', 'true', 'id'].map(name => link(`bin/${name}`, 'busybox'))
  const layer = tar(
    dir('bin/'),
    busybox,
    ...links,
    dir('etc/'),
    file('etc/passwd', 'root:x:0:0::/root:/bin/sh\n'),
    dir('tmp/'),
  )
  const defaults = { Cmd: ['/bin/sleep', '100000'], Env: ['PATH=/bin'] }
  writeFileSync(archive, dockerArchive('exec:1', [layer], [], defaults))
  await lab.expect(0, 'images', 'load', archive)
  await lab.expect(0, '--once', lab.write('web.yaml', manifest))
  const theirs = await oracle(lab, archive)
  const ours: (number | null)[] = []
  for (const args of cases) ours.push((await lab.reconcile('exec', ...args)).code)
  const table = (codes: readonly (number | null)[]) => new Map(cases.map((args, i) => [args.join(' '), codes[i]]))
  const [wanted, got] = [table(theirs), table(ours)]
  for (const [line, [docker, reconcile]] of Object.entries(missing)) {
    assert.ok(wanted.get(line) === docker || wanted.get(line) === 127, `docker exec ${line}: ${wanted.get(line)}`)
    wanted.set(line, reconcile)
  }
  assert.deepEqual(got, wanted)
})
