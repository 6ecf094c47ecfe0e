import { busybox } from './busybox-layer.ts'
import { dir, file, link, tar } from './tar.ts'

/** Tells all that a process can see of how it was set up. */
const report = `#!/bin/sh
echo "args $*"
echo "user $(id -u):$(id -g) groups $(id -G)"
echo "in $(pwd) on $(hostname)"
env | sort | sed 's/^/env /'
grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
echo "open files $(ulimit -n) $(ulimit -Hn), oom $(cat /proc/self/oom_score_adj)"
echo "first $(cat /proc/1/comm), interfaces $(ls /sys/class/net)"
for file in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes pids/pids.max cpu/cpu.shares cpu/cpu.cfs_quota_us cpuset/cpuset.cpus
do echo "$file $(cat /sys/fs/cgroup/$file)"; done
while read -r _ target type options _
do
  case $options in ro*) mode=ro ;; *) mode=rw ;; esac
  case $target in /sys/fs/cgroup*) continue ;; /proc/*) type=masked ;; esac
  echo "mount $target $type $mode"
done < /proc/mounts | sort
ls -ld / /etc/hosts /etc/hostname /etc/resolv.conf /data /named /cache /run /srv /srv/work 2>&1 | sed 's/ [A-Z][a-z][a-z] .* / /'
ls /dev
cat /etc/hosts /etc/hostname /etc/resolv.conf /data/* /named/* 2>&1
echo "written by $$" > /tmp/note && echo "wrote"
exit \${CODE:-0}
`

const tools = ['sh', 'cat', 'env', 'grep', 'hostname', 'id', 'ls', 'sed', 'sleep', 'sort', 'tee']

/** The base and the top layer of `reportDefaults`' image. */
export const reportLayers: readonly Buffer[] = [
  tar(
    ...busybox(...tools),
    file('bin/report', report, { mode: 0o755 }),
    dir('etc/'),
    file('etc/passwd', 'root:x:0:0::/root:/bin/sh\nweb:x:7:8::/srv:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nweb:x:8:\nmore:x:9:web\n'),
    dir('tmp/', { mode: 0o1777 }),
    // runc gives a tmpfs the mode of the directory below it
    dir('run/', { mode: 0o1777 }),
    dir('data/', { mode: 0o750, uid: 7, gid: 8 }),
    file('data/gone', 'x'),
    dir('named/'),
    file('named/seed', 'seed of the image\n'),
  ),
  tar(
    dir('data/', { mode: 0o750, uid: 7, gid: 8 }),
    file('data/.wh.gone', ''),
    file('data/kept', 'kept\n', { mode: 0o640, uid: 7, gid: 8 }),
    link('data/link', 'kept'),
  ),
]

export const reportDefaults = {
  Env: ['PATH=/bin', 'GREETING=hello', 'PLACE=image'],
  Entrypoint: ['/bin/report'],
  Cmd: ['of', 'the image'],
  User: 'web',
  WorkingDir: '/srv/work',
  Volumes: { '/data': {} },
  Labels: { made: 'by hand' },
  ExposedPorts: { '80/tcp': {} },
  StopSignal: 'SIGQUIT',
  Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000 },
}

/** Three containers of it, as manifests and as what Docker's client is asked for; `site` is a directory of the host. */
export const reportManifests = (image: string, site: string): string => `
apiVersion: reconcile/v1
kind: Volume
metadata: { name: named }
spec: { labels: { team: "a <b>", empty: "" } }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: plain }
spec: { image: "${image}", restart: { policy: "no" } }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: full, project: shop, labels: { team: shop } }
spec:
  image: "${image}"
  entrypoint: [/bin/report]
  command: [two, "words here"]
  env: { PLACE: here, CODE: "3" }
  user: "7:8"
  workingDir: /srv
  hostname: full
  domainname: example.test
  mounts:
    - { type: volume, name: named, target: /named }
    - { type: volume, target: /cache }
    - { type: bind, source: ${site}, target: /site, readOnly: true }
    - { type: tmpfs, target: /run, size: 1Mi, mode: "1777" }
    - { type: tmpfs, target: /tmp }
  limits:
    memory: 64Mi
    pids: 50
    cpuShares: 512
    cpuPeriod: 100000
    cpuQuota: 50000
    cpusetCpus: "0"
    ulimits: { nofile: { soft: 256, hard: 512 } }
    oomScoreAdj: 100
    shmSize: 1Mi
  capabilities: { add: [SYS_TIME], drop: [MKNOD] }
  security: { readOnlyRoot: true, noNewPrivileges: true }
  sysctls: { net.core.somaxconn: "512" }
  restart: { policy: "no" }
  stop: { signal: QUIT, grace: 7s }
  logging: { maxSize: 1Mi, maxFile: 2 }
---
apiVersion: reconcile/v1
kind: Container
metadata: { name: host }
spec:
  image: "${image}"
  user: "0"
  namespaces: { pid: host, ipc: host, uts: host, net: host, cgroup: host }
  restart: { policy: "no" }
`

/** By Docker's name. */
export const reportCreations = (image: string, site: string): Readonly<Record<string, readonly string[]>> => ({
  plain: [
    ...words(`${always} --log-opt=max-size=10485760 --log-opt=max-file=3 --network=none --cgroupns=private`),
    image,
  ],
  'shop-full': [
    ...words(`--security-opt=no-new-privileges ${always} --log-opt=max-size=1048576 --log-opt=max-file=2 --network=none --cgroupns=private
      --entrypoint=/bin/report --env=PLACE=here --env=CODE=3 --user=7:8 --workdir=/srv --label=team=shop
      --hostname=full --domainname=example.test --stop-signal=SIGQUIT --stop-timeout=7
      -v=named:/named -v=/cache -v=${site}:/site:ro
      --mount=type=tmpfs,target=/run,tmpfs-size=1m,tmpfs-mode=1777 --mount=type=tmpfs,target=/tmp
      --memory=64m --pids-limit=50 --cpu-shares=512 --cpu-period=100000 --cpu-quota=50000 --cpuset-cpus=0
      --ulimit=nofile=256:512 --oom-score-adj=100 --shm-size=1m --sysctl=net.core.somaxconn=512
      --cap-add=SYS_TIME --cap-drop=MKNOD --read-only`),
    image,
    'two',
    'words here',
  ],
  host: [
    ...words(`${always} --log-opt=max-size=10485760 --log-opt=max-file=3 --user=0
      --pid=host --ipc=host --uts=host --network=host --cgroupns=host`),
    image,
  ],
})

const always = '--restart=no --security-opt=seccomp=unconfined'
const words = (text: string) => text.trim().split(/\s+/)
