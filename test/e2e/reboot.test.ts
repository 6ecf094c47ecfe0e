/**
 * A host that loses its power: what somebody mounted by hand is gone with it, and what is declared runs again, in the order of its
 * dependencies, its binds mounted anew, its volumes as they were. A one-shot that was done is not run again. Who needs a disk that comes
 * late waits, and writes nothing below its mount point. In a virtual machine that is booted twice over one drive.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { labPrefix } from '../support/leaks.ts'

const container = (name: string, script: string, more: string) => `---
apiVersion: reconcile/v1
kind: Container
metadata: { name: ${name} }
spec:
  rootfs: host
  command: [sh, -c, "${script}"]
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

const firstBoot = `${always}
mkfs.ext4 -q /dev/vda; mount /dev/vda /mnt; cd /mnt
mkdir site target manifests disk late
echo source > site/file; echo below > target/file
echo "before: $(cat target/file)"
mount --bind site target; mount --bind disk late
echo "by hand: $(cat target/file), $([ target -ef site ] && echo the same inode)"
printf '%s' "$1" > manifests/web.yaml
sync
reconcile --once manifests > /run/said || { cat /run/said; exit 1; }
look 1
order
sync $starts disk/rows
sleep 0.2
echo b > /proc/sysrq-trigger
sleep 100
`

const secondBoot = `${always}
mount /dev/vda /mnt; cd /mnt
echo "by hand: $(cat target/file), $([ target -ef site ] || echo two inodes)"
reconcile manifests > /run/said 2>&1 &
look 2
reconcile ps > /run/ps
echo "db: $(grep -o 'waiting for /mnt/late to be mounted' /run/ps)"
echo "shop: $(grep -o 'waiting for db to start' /run/ps)"
echo "migrate: $(grep -o 'completed\\|exited (0)' /run/ps)"
echo "below the mount point: $(ls -A late)"
mount --bind disk late
until_holds '[ "$(wc -l < /run/order/log)" = 2 ]'
order
until_holds '[ "$(wc -l < late/rows)" = 2 ]'
code=0; reconcile plan manifests > /run/plan || code=$?
echo "plan: exit $code"
`

const cutOff = 125

test('after a power cut all runs again in order, what was done stays done, and nothing is written where a disk is missing', t => {
  const folder = mkdtempSync(`${labPrefix}reboot-`)
  t.after(() => rmSync(folder, { recursive: true }))
  const disk = `${folder}/disk`
  writeFileSync(disk, '')
  truncateSync(disk, 64 * 2 ** 20)
  const boot = (script: string, code: number) => {
    const args = ['scripts/vm.ts', '--limit', '120', '--disk', disk, '--', 'sh', '-c', script, 'sh', manifest]
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 140_000 })
    assert.equal(ran.status, code, ran.stdout + ran.stderr)
    return ran.stdout.trimEnd().split('\n')
  }
  assert.deepEqual(boot(firstBoot, cutOff), [
    'before: below',
    'by hand: source, the same inode',
    'starts: source ',
    'inside: source, the same inode',
    'order: db migrate shop',
  ])
  assert.deepEqual(boot(secondBoot, 0), [
    'by hand: below, two inodes',
    'starts: source source ',
    'inside: source, the same inode',
    'db: waiting for /mnt/late to be mounted',
    'shop: waiting for db to start',
    'migrate: completed',
    'below the mount point: ',
    'order: db shop ',
    'plan: exit 0',
  ])
})
