/** Debian packages that the tests (`--peers`: the benches too) use and this host lacks. A host without apt must have the commands by other means. */
import { spawnSync } from 'node:child_process'

const peers = {
  '/usr/lib/podman/netavark': 'netavark',
  dnsperf: 'dnsperf',
  podman: 'podman',
  conmon: 'conmon',
  runc: 'runc',
  iperf3: 'iperf3',
  'redis-benchmark': 'redis-tools',
  iptables: 'iptables',
  'docker-compose': 'docker-compose',
}
const commands: Readonly<Record<string, string>> = {
  ...(process.argv.includes('--peers') ? peers : {}),
  nft: 'nftables',
  ip: 'iproute2',
  unshare: 'util-linux',
  script: 'bsdutils',
  busybox: 'busybox-static',
  getfattr: 'attr',
  'docker-registry': 'docker-registry',
  openssl: 'openssl',
  dockerd: 'docker.io',
  skopeo: 'skopeo',
  umoci: 'umoci',
  git: 'git',
  strace: 'strace',
  tmux: 'tmux',
  nginx: 'nginx-light',
  '/usr/lib/postgresql/*/bin/postgres': 'postgresql',
  'redis-server': 'redis-server',
  '/usr/lib/python3/dist-packages/psycopg2': 'python3-psycopg2',
  '/usr/lib/python3/dist-packages/redis': 'python3-redis',
  wrk: 'wrk',
  less: 'less',
  xz: 'xz-utils',
  setpriv: 'util-linux',
  dig: 'bind9-dnsutils',
  dnsmasq: 'dnsmasq-base',
  'qemu-system-x86_64': 'qemu-system-x86',
}

/** A path counts when something is there. */
const has = (command: string) =>
  spawnSync('sh', ['-c', command.startsWith('/') ? `ls -d ${command}` : `command -v ${command}`], { stdio: 'ignore' })
    .status === 0
const missing = Object.keys(commands).filter(command => !has(command))

if (missing.length > 0) {
  const packages = missing.map(command => commands[command] ?? command)
  if (!has('apt-get')) fail(`missing ${missing.join(', ')}: install them (Debian's packages ${packages.join(', ')})`)
  run(['update', '-q'])
  run(['install', '-y', '-q', '--no-install-recommends', ...packages])
}

function run(args: readonly string[]): void {
  const result = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 300_000,
  })
  if (result.status !== 0) fail(`apt-get ${args.join(' ')} failed`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
