import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { labOptions, makeLab, type Lab } from '../support/lab.ts'

const sleeper = (name: string, more = '') => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec: { rootfs: host, command: [sleep, "1000"]${more} }
`

test('a mistyped command or path says what was meant and changes nothing', async t => {
  const lab = makeLab(t)
  const command = await lab.expect(64, 'pln')
  assert.match(command.stderr, /did you mean `reconcile plan`\?/)
  assert.match((await lab.expect(64, 'plan', '--alow-empty')).stderr, /Did you mean --allow-empty/)
  assert.match((await lab.expect(64, '--timeout', '5', '--once')).stderr, /30s, 5m or 1m30s/)
  await lab.expect(64, 'plan', '--once')
  await lab.expect(64, 'ps', '--detailed-exitcode')
  assert.match((await lab.expect(4, '--once', `${lab.folder}/nowhere`)).stderr, /no such directory/)
  assert.equal(existsSync(`${lab.root}/containers`), false)
  assert.match((await lab.expect(5, '--once', `${lab.folder}/nothing.yaml`)).stderr, /no such file/)
})

test('plan, validate, ps and the summary need neither root nor a data-root', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', sleeper('web'))
  chmodSync(lab.folder, 0o755)
  const asNobody = (...args: string[]) =>
    spawnSync(
      'setpriv',
      [
        '--reuid',
        '65534',
        '--regid',
        '65534',
        '--clear-groups',
        `${process.cwd()}/bin/reconcile`,
        '--root',
        lab.root,
        ...args,
      ],
      { encoding: 'utf8', cwd: '/' },
    )
  const plan = asNobody('plan', lab.manifests)
  assert.equal(plan.status, 2, plan.stderr)
  assert.match(plan.stdout, /\+ container web +create and start/)
  assert.equal(asNobody('validate', lab.manifests).status, 0)
  assert.equal(asNobody('ps').status, 0)
  assert.match(asNobody().stdout, /nothing of ours is on this host/)
  const once = asNobody('--once', lab.manifests)
  assert.equal(once.status, 1)
  assert.match(once.stderr, /needs root to change this host \(uid 65534\)/)
  assert.equal(existsSync(lab.root), false)
})

test('every answer is JSON when it is asked for', async t => {
  const lab = makeLab(t)
  lab.write('web.yaml', sleeper('web', ', mounts: ["data:/data"]'))
  const json = async (code: number, ...args: string[]) =>
    JSON.parse((await lab.expect(code, '--output', 'json', ...args)).stdout) as Record<string, unknown>
  assert.deepEqual((await json(0, 'validate', lab.manifests))['containers'], ['web'])
  assert.equal(((await json(2, 'plan', lab.manifests))['pending'] as { create: number }).create, 2)
  const once = await json(0, '--once', lab.manifests)
  assert.deepEqual([once['verdict'], once['ready'], once['total']], ['converged', 1, 1])
  assert.equal((await json(0, 'drift', lab.manifests))['drifted'], 0)
  assert.equal(((await json(0, 'ps')) as unknown as { name: string }[])[0]?.name, 'web')
  assert.equal((await json(0, 'why', 'web'))['name'], 'web')
  assert.ok(Array.isArray((await json(0))['containers']))
  assert.equal(((await json(0, 'volumes', 'ls')) as unknown as { name: string }[])[0]?.name, 'data')
  assert.equal((await json(0, 'restart', 'web'))['verdict'], 'converged')
  assert.equal((await json(0, 'down', lab.manifests))['verdict'], 'converged')
  assert.deepEqual(await json(0, 'volumes', 'rm', 'data'), { removed: ['data'] })
  assert.equal(((await json(0, 'doctor')) as unknown as { name: string }[])[0]?.name, 'kernel')
})

test('a changed pass is 2 only when asked, and an interrupted one is 130 or 143', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', sleeper('web'))
  await lab.expect(2, '--once', '--detailed-exitcode', file)
  await lab.expect(0, '--once', '--detailed-exitcode', file)
  const job = lab.write('job.yaml', sleeper('job', ', restart: { policy: "no" }'))
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const waiting = lab.watch('--once', job)
    if (signal === 'SIGINT') await waiting.until(/job +started/)
    else await new Promise(resolve => setTimeout(resolve, 800))
    await waiting.kill(signal)
    assert.equal(waiting.child.exitCode, code)
  }
  assert.ok((await lab.pid('job')) > 0, 'the job runs on')
})

test('a dockerd on the same data-root keeps changes away, exit 4', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', sleeper('web'))
  await lab.expect(0, '--once', file)
  await lab.expect(0, 'down', file)
  const dockerd = await holdExclusively(`${lab.root}/volumes/metadata.db`)
  t.after(() => dockerd.kill())
  assert.match((await lab.expect(4, '--once', file)).stderr, /a dockerd uses .*Nothing was changed/)
  await lab.expect(2, 'plan', file)
  assert.match((await lab.expect(1, 'doctor')).stdout, /engines +a dockerd holds/)
})

test('a pass waits for another one, says so, and goes on', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', sleeper('web'))
  await lab.expect(0, '--once', file)
  const other = await holdExclusively(`${lab.root}/reconcile.lock`)
  const waiting = lab.watch('--once', file)
  await waiting.until(/waiting for another pass to end/)
  other.kill()
  await waiting.until(/nothing to do/)
})

test('--once and plan load neither chokidar nor winston, and plan no native code', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', sleeper('web'))
  assert.deepEqual(loadedBy(lab, 2, 'plan', file), ['commander', 'yaml'])
  assert.deepEqual(loadedBy(lab, 0, '--once', file), ['commander', 'ffi-rs', 'yaml'])
})

test('a reader that goes away ends logs -f quietly', async t => {
  const lab = makeLab(t)
  const file = lab.write(
    'talk.yaml',
    sleeper('talk').replace('[sleep, "1000"]', '[sh, -c, "while :; do echo line; sleep 0.05; done"]'),
  )
  await lab.expect(0, '--once', file)
  const piped = spawnSync(
    'bash',
    [
      '-c',
      `set -o pipefail; ${process.cwd()}/bin/reconcile --root ${lab.root} --run ${lab.run} logs -f talk | head -2`,
    ],
    { encoding: 'utf8', timeout: 20_000 },
  )
  assert.equal(piped.status, 0, piped.stderr)
  assert.deepEqual([piped.stdout, piped.stderr], ['line\nline\n', ''])
  assert.equal((await lab.expect(0, 'logs', '--tail', '1', 'talk')).stdout, 'line\n')
  assert.equal((await lab.expect(0, 'logs', '--since', '2999-01-01', 'talk')).stdout, '')
})

test('after down nothing of a root is left in the run directory', async t => {
  const lab = makeLab(t)
  const file = lab.write('web.yaml', sleeper('web'))
  await lab.expect(0, '--once', file)
  assert.match(
    (await lab.expect(0, 'down', file)).stdout,
    /- container web +stopped \(SIGTERM, exit 143, .*\) and removed/,
  )
  assert.deepEqual(readdirSync(lab.run), [])
  assert.match((await lab.expect(0, 'down', file)).stdout, /nothing to remove/)
})

/** The packages whose files a command opens, told by a hook that sees every resolved module. */
function loadedBy(lab: Lab, code: number, ...args: string[]): string[] {
  const hook = `import { registerHooks } from 'node:module'
    const seen = new Set()
    registerHooks({ load: (url, context, next) => {
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]
      if (name) seen.add(name)
      return next(url, context)
    } })
    process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify([...seen].sort())))`
  const child = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, 'src/main.ts', ...labOptions(lab), ...args],
    { encoding: 'utf8', timeout: 60_000 },
  )
  assert.equal(child.status, code, child.stderr)
  return JSON.parse(/LOADED (.*)/.exec(child.stderr)?.[1] ?? 'null') as string[]
}

/** Another process with an exclusive flock, once it has it. */
async function holdExclusively(path: string) {
  const holder = spawn('flock', ['-x', path, '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  await new Promise(resolve => holder.stdout.once('data', resolve))
  return { kill: () => holder.pid !== undefined && process.kill(-holder.pid, 'SIGKILL') }
}
