import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventually } from '../support/lab.ts'
import { hereAddress, openNetPlace } from '../support/net-place.ts'

const admin =
  'apiVersion: reconcile/v1\nkind: Network\nmetadata: { name: shop-admin }\nspec: { subnet6: "fd5b:b5e:5e0f:2::/64" }\n'

/** `manifests/shop`, with the database and the cache published too. */
function copyShop(to: string): void {
  cpSync('manifests/shop', to, { recursive: true })
  writeFileSync(`${to}/admin.yaml`, admin)
  for (const [file, alias, port] of [
    ['db.yaml', 'postgres', 5432],
    ['cache.yaml', 'redis', 6379],
  ] as const) {
    const text = readFileSync(`${to}/${file}`, 'utf8')
    const published = text.replace(
      `aliases: [${alias}] }]`,
      `aliases: [${alias}] }, shop-admin]\n  ports: ["${port}:${port}"]`,
    )
    ok(published !== text)
    writeFileSync(`${to}/${file}`, published)
  }
}

test('a shop of nginx, an application, PostgreSQL and redis comes up in order, and psql, redis-cli, curl and wrk pass through it', async t => {
  const { lab, here, outside, facts } = await openNetPlace(t)
  const before = facts()
  copyShop(lab.manifests)
  const up = (await lab.expect(0, '--once', '--timeout', '2m', lab.manifests)).stdout
  match(up, /5 of 5 containers ready/)
  const lines = up.split('\n')
  const at = (what: RegExp) => lines.findIndex(line => what.test(line))
  const order = [
    /shop\/db +healthy/,
    /shop\/migrate +started/,
    /shop\/app +started/,
    /shop\/app +healthy/,
    /shop\/web +started/,
  ].map(at)
  deepEqual(
    order,
    order.toSorted((a, b) => a - b),
    up,
  )
  ok(at(/shop\/cache +healthy/) < at(/shop\/app +started/), up)

  // no `reconcile` process lives now
  const orders = (run: typeof here, host: string, ...more: string[]) =>
    run('curl', '-sgf', '-m', '5', ...more, `http://${host}:8080/orders`)
  equal(orders(outside, hereAddress.ipv4, '-d', 'hat'), '{"id": 1}\n')
  for (const [run, host] of [
    [outside, hereAddress.ipv4],
    [outside, `[${hereAddress.ipv6}]`],
    [here, hereAddress.ipv4],
    [here, `[${hereAddress.ipv6}]`],
    [here, '127.0.0.1'],
    [here, '[::1]'],
  ] as const)
    match(orders(run, host), /"item": "hat"/, host)
  const wrk = outside('wrk', '-t1', '-c8', '-d1s', `http://${hereAddress.ipv4}:8080/orders`)
  ok(Number(/(\d+) requests in/.exec(wrk)?.[1]) > 20, wrk)
  ok(!/Non-2xx|Socket errors/.test(wrk), wrk)

  const counts = (run: typeof here, host: string) =>
    run('env', 'PGPASSWORD=change-me', 'psql', '-h', host, '-U', 'shop', '-Atc', 'select count(*) from orders', 'shop')
  const visits = (run: typeof here, host: string) => Number(run('redis-cli', '-h', host, 'get', 'visits'))
  for (const [run, host] of [
    [outside, hereAddress.ipv4],
    [outside, hereAddress.ipv6],
    [here, hereAddress.ipv4],
    [here, '127.0.0.1'],
    [here, '::1'],
  ] as const) {
    equal(counts(run, host).trim(), '1', host)
    ok(visits(run, host) > 20, host)
  }
  for (const name of ['db', 'db.shop', 'postgres']) {
    const { stdout } = await lab.expect(
      0,
      'exec',
      'shop/app',
      'psql',
      '-h',
      name,
      '-U',
      'shop',
      '-Atc',
      'table orders',
      'shop',
    )
    match(stdout, /^1\|hat\|/, name)
  }
  for (const name of ['cache', 'redis']) {
    const { stdout } = await lab.expect(0, 'exec', 'shop/app', 'redis-cli', '-h', name, 'ping')
    equal(stdout, 'PONG\n', name)
  }
  // which the web server is not on the network of
  await lab.expect(2, 'exec', '-e', 'RES_OPTIONS=timeout:1 attempts:1', 'shop/web', 'getent', 'hosts', 'cache')

  match((await lab.expect(0, 'plan', lab.manifests)).stdout, /^nothing to do/)
  // who loses the database comes back with it, and the data are there
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/watching/)
  process.kill(await lab.pid('shop/db'), 'SIGKILL')
  await eventually(
    () => {
      try {
        return /"hat"/.test(orders(outside, hereAddress.ipv4))
      } catch {
        return false
      }
    },
    30_000,
    () => watcher.output(),
  )
  await watcher.kill('SIGTERM')
  await lab.expect(0, 'down', lab.manifests)
  equal(facts(), before)
  deepEqual(
    readdirSync(`${lab.root}/volumes`).filter(name => name.startsWith('shop')),
    ['shop-cache', 'shop-db'],
  )
})
