// A health check says whether a container is well: who depends on that waits for it, one that is not is restarted, and a probe hurts nobody.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { containerText } from '../support/manifest-text.ts'
import { cgroupOf, eventually, makeLab } from '../support/lab.ts'

const container = (name: string, script: string, rest: string) => containerText(name, ['sh', '-c', script], rest)

const stays = 'exec sleep 1000'
const quick = 'interval: 200ms, timeout: 2s'
type Health = { status: string; log: { exitCode: number; output: string }[] }
const dockerHealth = (root: string, id: string) =>
  JSON.parse(readFileSync(`${root}/containers/${id}/config.v2.json`, 'utf8')).State.Health

test('each kind of check, and who depends on it waits until it is healthy', async t => {
  const lab = makeLab(t)
  const server =
    'mkdir /tmp/www; echo yes > /tmp/www/ok; sleep 0.5; exec busybox httpd -f -p 127.0.0.1:8080 -h /tmp/www'
  lab.write(
    'shop.yaml',
    [
      container(
        'db',
        'sleep 0.8; touch /tmp/up; exec sleep 1000',
        `  health: { test: [CMD, test, -e, /tmp/up], ${quick}, retries: 50 }\n`,
      ),
      container('cache', server, `  health: { tcp: 8080, ${quick}, retries: 50 }\n`),
      container('front', server, `  health: { http: "http://localhost:8080/ok", ${quick}, retries: 50 }\n`),
      container(
        'user',
        stays,
        `  user: "1234"\n  env: { WHO: me }\n  health: { test: "echo $WHO $(id -u); exit 0", ${quick} }\n`,
      ),
      container(
        'beside',
        stays,
        `  namespaces: { net: "container:front" }\n  init: true\n  health: { http: "http://localhost:8080/ok", ${quick}, retries: 50 }\n`,
      ),
      container(
        'within',
        stays,
        `  namespaces: { pid: "container:db", net: "container:cache" }\n  user: "1234"\n  health: { test: "echo $(id -u) $(cat /proc/1/comm); busybox wget -q -O - http://127.0.0.1:8080/ok", ${quick}, retries: 50 }\n`,
      ),
      container('api', stays, `  dependsOn: [{ name: db, condition: healthy }, { name: cache, condition: healthy }]\n`),
      container(
        'last',
        stays,
        `  dependsOn: [{ name: api, condition: healthy }, { name: front, condition: healthy }]\n`,
      ),
    ].join('---\n'),
  )
  const once = lab.expect(0, '--once', lab.manifests)
  let state = ''
  await eventually(
    async () => {
      state = (await lab.expect(0, 'ps')).stdout
      return /api .*waiting for (db|cache) to be healthy/.test(state)
    },
    10_000,
    () => state,
  )
  const { stdout, stderr } = await once
  match(stdout, /converged: .*8 of 8 containers ready/)
  match(stderr, /6 containers ask for probes: from now on a watcher .* makes them/)
  const at = (line: RegExp) => stdout.search(line)
  ok(at(/db +healthy/) < at(/api +started/) && at(/cache +healthy/) < at(/api +started/), stdout)
  ok(
    at(/api +started/) < at(/last +started/) &&
      at(/front +healthy +probe exited \(0\): HTTP\/1\.1 200 OK/) < at(/last +started/),
    stdout,
  )
  match((await lab.expect(0, 'ps')).stdout, /db .*running \d+s \(healthy\), unwatched/)
  match((await lab.expect(0, 'plan', lab.manifests)).stdout, /nothing to do/)
  const last = async (name: string) => ((await lab.inspect(name)).health as Health).log.at(-1)?.output
  deepEqual([await last('beside'), await last('within')], ['HTTP/1.1 200 OK', '1234 sleep\nyes\n'])
  const { health, id } = await lab.inspect('user')
  equal((health as Health).log.at(-1)?.output, 'me 1234\n')
  equal(dockerHealth(lab.root, id).Status, 'healthy')
})

test('a probe that hangs, forks or prints without end is killed with all that it began, and its container goes on', async t => {
  const lab = makeLab(t)
  const wild = (name: string, test: string) =>
    container(
      name,
      stays,
      `  limits: { pids: 40 }\n  health: { test: ${JSON.stringify(test)}, interval: 200ms, timeout: 700ms, retries: 2, onUnhealthy: none }\n`,
    )
  lab.write(
    'ward.yaml',
    [
      wild('bomb', 'f() { f | f & }; f; for i in $(seq 30); do setsid sleep 1000 & done; sleep 1000'),
      wild('hangs', 'trap "" TERM INT HUP; while :; do sleep 1; done'),
      wild('prints', 'yes'),
      container('well', stays, `  health: { test: "true", ${quick} }\n`),
    ].join('---\n'),
  )
  let stdout = ''
  const allAreUnhealthy = async () => {
    stdout = (await lab.expect(3, '--once', '--timeout', '4s', lab.manifests)).stdout
    return ['bomb', 'hangs', 'prints'].every(name =>
      new RegExp(`${name} +waiting +unhealthy.*probe (failed|exited)`).test(stdout),
    )
  }
  // what was learned of them is kept for the next run
  await eventually(allAreUnhealthy, 60_000, () => stdout)
  match(stdout, /not ready: .*1 of 4 containers ready/)
  const { health } = await lab.inspect('prints')
  const [result] = (health as Health).log
  equal(result?.exitCode, -1)
  match(result?.output ?? '', /^Health check exceeded timeout \(700ms\): y\n/)
  ok((result?.output.length ?? 0) < 4200)
  for (const name of ['bomb', 'hangs', 'prints']) {
    const { pid, restarts } = await lab.inspect(name)
    const cgroup = cgroupOf(pid ?? 0, 'pids')
    const left = () => readFileSync(`${cgroup}/pids.current`, 'utf8').trim()
    await eventually(
      () => left() === '1',
      8000,
      () => `${name}: ${left()} processes`,
    )
    deepEqual((restarts as { count: number }).count, 0)
  }
})

test('an unhealthy container is restarted, or made anew, and what was known of it outlives its watcher', async t => {
  const lab = makeLab(t)
  const sick = (name: string, rest: string) =>
    container(name, stays, `  health: { tcp: 9, ${quick}, retries: 2${rest} }\n`)
  lab.write(
    'ward.yaml',
    [sick('again', ''), sick('anew', ', onUnhealthy: recreate'), sick('let-be', ', onUnhealthy: none')].join('---\n'),
  )
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/again +restarted .*unhealthy/)
  await watcher.until(/anew +stopped .* and removed/)
  await watcher.until(/let-be +unhealthy/)
  for (const name of ['again', 'anew']) ok(((await lab.inspect(name)).restarts as { count: number }).count > 0)
  match(
    (await lab.expect(0, 'why', 'again')).stdout,
    /stop begun, SIGTERM +unhealthy: probe exited \(1\): connect 127\.0\.0\.1:9: connection refused/,
  )
  await watcher.kill('SIGKILL')
  match((await lab.expect(0, 'ps')).stdout, /let-be .*\(unhealthy\), unwatched/)
  match(
    (await lab.expect(0, 'why', 'let-be')).stdout,
    /last probe exited \(1\) \d+s ago: connect 127\.0\.0\.1:9: connection refused/,
  )
})
