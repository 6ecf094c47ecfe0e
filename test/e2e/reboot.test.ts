/**
 * A host that loses its power: what somebody mounted by hand is gone with it, and a container that is declared runs again by one
 * `--once`, its bind mounted anew, its volume as it was. In a virtual machine that is booted twice over one drive.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { labPrefix } from '../support/leaks.ts'

const manifest = `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  rootfs: host
  command: [sh, -c, "cat /site/file >> /data/starts; exec sleep 1000"]
  restart: always
  mounts: ["data:/data", "/mnt/site:/site"]
  limits: { memory: 64Mi }
`

const always = `
set -e
reconcile() { "$OLDPWD/bin/reconcile" --root /mnt/root --run /run/rc --no-color "$@"; }
look() {
  tries=0
  until [ "$(wc -l < /mnt/root/volumes/data/_data/starts)" = "$1" ]; do
    tries=$((tries + 1)); [ $tries -lt 300 ]; sleep 0.1
  done
  pid=$(head -n 1 /sys/fs/cgroup/reconcile-*/*/cgroup.procs)
  echo "starts: $(tr '\\n' ' ' < /mnt/root/volumes/data/_data/starts)"
  echo "inside: $(cat /proc/$pid/root/site/file), $([ /proc/$pid/root/site -ef /mnt/site ] && echo the same inode)"
}
`

const firstBoot = `${always}
mkfs.ext4 -q /dev/vda; mount /dev/vda /mnt; cd /mnt
mkdir site target manifests
echo source > site/file; echo below > target/file
echo "before: $(cat target/file)"
mount --bind site target
echo "by hand: $(cat target/file), $([ target -ef site ] && echo the same inode)"
printf '%s' "$1" > manifests/web.yaml
reconcile --once manifests > /run/said || { cat /run/said; exit 1; }
look 1
`

const secondBoot = `${always}
mount /dev/vda /mnt; cd /mnt
echo "by hand: $(cat target/file), $([ target -ef site ] || echo two inodes)"
echo "declared: $(reconcile ps | tail -n 1 | cut -d ' ' -f 1)"
code=0; reconcile plan manifests > /run/plan || code=$?
echo "plan: exit $code"
reconcile --once manifests > /run/said || { cat /run/said; exit 1; }
look 2
`

test('after a reboot a mount made by hand is gone, and a container is back with its bind and its data', t => {
  const folder = mkdtempSync(`${labPrefix}reboot-`)
  t.after(() => rmSync(folder, { recursive: true }))
  const disk = `${folder}/disk`
  writeFileSync(disk, '')
  truncateSync(disk, 64 * 2 ** 20)
  const boot = (script: string) => {
    const args = ['scripts/vm.ts', '--limit', '120', '--disk', disk, '--', 'sh', '-c', script, 'sh', manifest]
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 140_000 })
    assert.equal(ran.status, 0, ran.stdout + ran.stderr)
    return ran.stdout.trimEnd().split('\n')
  }
  assert.deepEqual(boot(firstBoot), [
    'before: below',
    'by hand: source, the same inode',
    'starts: source ',
    'inside: source, the same inode',
  ])
  assert.deepEqual(boot(secondBoot), [
    'by hand: below, two inodes',
    'declared: web',
    'plan: exit 2',
    'starts: source source ',
    'inside: source, the same inode',
  ])
})
