/**
 * A host that systemd shuts down in good order: all containers are asked to end, how they ended is written down, and what ran runs again,
 * in the order of its dependencies; a one-shot that was done is not run again. A host that loses its power: what somebody mounted by hand
 * is gone with it, binds are mounted anew, volumes are as they were. Who needs a disk that comes late waits, and writes nothing below its
 * mount point. In a virtual machine that is booted three times over one drive.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { labPrefix } from '../support/leaks.ts'

const container = (name: string, script: string, more: string) => `---
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sh, -c, "${script}"]
  init: true
${more}
`
const done = '{ name: migrate, condition: completed }'
const late = '{ type: bind, source: /mnt/late, target: /disk, requireMount: true }'

const manifest = [
  container(
    'web',
    'cat /site/file >> /data/starts; exec sleep 1000',
    '  mounts: ["data:/data", "/mnt/site:/site"]\n  limits: { memory: 64Mi }',
  ),
  container(
    'a-shop',
    'echo shop >> /order/log; exec sleep 1000',
    `  mounts: ["/run/order:/order"]\n  dependsOn: [db, ${done}]`,
  ),
  container(
    'db',
    'echo db >> /order/log; echo row >> /disk/rows; exec sleep 1000',
    `  mounts: ["/run/order:/order", ${late}]`,
  ),
  container('off', 'echo off >> /order/log', '  mounts: ["/run/order:/order"]\n  state: stopped'),
  container(
    'migrate',
    'echo migrate >> /order/log',
    '  mounts: ["/run/order:/order"]\n  restart: no\n  dependsOn: [db]',
  ),
].join('')

const always = `
set -e
reconcile() { "$OLDPWD/bin/reconcile" --root /mnt/root --run /run/rc --no-color --no-default-network "$@"; }
until_holds() {
  tries=0
  until eval "$1"; do
    tries=$((tries + 1)); [ $tries -lt 600 ] || { echo "never: $1"; cat /run/said; exit 1; }; sleep 0.1
  done
}
starts=/mnt/root/volumes/data/_data/starts
look() {
  until_holds '[ "$(wc -l < $starts)" = '$1' ]'
  for pid in $(cat /sys/fs/cgroup/reconcile-*/*/cgroup.procs); do
    [ ! -e /proc/$pid/root/site/file ] || break
  done
  echo "starts: $(tr '\\n' ' ' < $starts)"
  echo "inside: $(cat /proc/$pid/root/site/file), $([ /proc/$pid/root/site -ef /mnt/site ] && echo the same inode)"
}
mkdir /run/order
order() { echo "order: $(tr '\\n' ' ' < /run/order/log)"; }
`

const bootOfSystemd = `${always}
mkfs.ext4 -q /dev/vda; mount /dev/vda /mnt; cd /mnt
mkdir site target manifests disk late
echo source > site/file; echo below > target/file
mount --bind disk late
printf '%s' "$1" > manifests/web.yaml
reconcile install-unit --to /run/systemd/system /mnt/manifests > /run/said
systemctl daemon-reload
systemctl start reconcile.service
until_holds '[ "$(wc -l < /run/order/log)" = 3 ]'
order
systemctl reboot
sleep 100
`

const bootAfterwards = `${always}
mount /dev/vda /mnt; cd /mnt
reconcile ps > /run/ps || true
for name in web db a-shop migrate off; do
  grep "^$name " /run/ps | sed -E 's/ +/ /g; s/ [0-9a-f]{12} / /; s/ [0-9]+s\\b,?//g; s/,? (- )+0 .*//'
done
echo "before: $(cat target/file)"
mount --bind site target; mount --bind disk late
echo "by hand: $(cat target/file), $([ target -ef site ] && echo the same inode)"
reconcile --once manifests > /run/said || { cat /run/said; exit 1; }
look 2
order
sync $starts disk/rows
sleep 0.2
echo b > /proc/sysrq-trigger
sleep 100
`

const bootAfterPowerCut = `${always}
mount /dev/vda /mnt; cd /mnt
echo "by hand: $(cat target/file), $([ target -ef site ] || echo two inodes)"
reconcile manifests > /run/said 2>&1 &
look 3
reconcile ps > /run/ps
echo "db: $(grep -o 'waiting for /mnt/late to be mounted' /run/ps)"
echo "shop: $(grep -o 'waiting for db to start' /run/ps)"
echo "migrate: $(grep -o 'completed\\|exited (0)' /run/ps)"
echo "below the mount point: $(ls -A late)"
mount --bind disk late
until_holds '[ "$(wc -l < /run/order/log)" = 2 ]'
order
until_holds '[ "$(wc -l < late/rows)" = 3 ]'
code=0; reconcile plan manifests > /run/plan || code=$?
echo "plan: exit $code"
`

const cutOff = 125

const drive = (t: TestContext): string => {
  const folder = mkdtempSync(`${labPrefix}reboot-`)
  t.after(() => rmSync(folder, { recursive: true }))
  const disk = `${folder}/disk`
  writeFileSync(disk, '')
  truncateSync(disk, 64 * 2 ** 20)
  return disk
}

function boot(disk: string, script: string, code: number, ...options: readonly string[]): string[] {
  const args = ['scripts/vm.ts', '--limit', '120', '--disk', disk, ...options, '--', 'sh', '-c', script, 'sh', manifest]
  const ran = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 140_000 })
  assert.equal(ran.status, code, ran.stdout + ran.stderr)
  return ran.stdout.trimEnd().split('\n')
}

test('after a reboot in good order and after a power cut all runs again in order, and what was done stays done', t => {
  const disk = drive(t)
  assert.deepEqual(boot(disk, bootOfSystemd, cutOff, '--systemd'), ['order: db migrate shop'])
  assert.deepEqual(boot(disk, bootAfterwards, cutOff), [
    'web exited (143) unwatched',
    'db exited (143) waiting for /mnt/late to be mounted',
    'a-shop exited (143) waiting for db to start',
    'migrate completed (0)',
    'off created',
    'before: below',
    'by hand: source, the same inode',
    'starts: source source ',
    'inside: source, the same inode',
    'order: db shop',
  ])
  assert.deepEqual(boot(disk, bootAfterPowerCut, 0), [
    'by hand: below, two inodes',
    'starts: source source source ',
    'inside: source, the same inode',
    'db: waiting for /mnt/late to be mounted',
    'shop: waiting for db to start',
    'migrate: completed',
    'below the mount point: ',
    'order: db shop ',
    'plan: exit 0',
  ])
})
