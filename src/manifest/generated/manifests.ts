// Generated from schemas/manifest/ by scripts/generate.ts; do not edit.
export type Name = string
export type Words = string[]
/**
 * Relative to the manifest.
 */
export type Words1 = string[]
export type Mount = VolumeMount | BindMount | TmpfsMount
/**
 * Bytes, or a number with Ki, Mi or Gi.
 */
export type Size = number | string
/**
 * More names of it on this network.
 */
export type Words2 = string[]
/**
 * Name servers; absent: the host's.
 */
export type Words3 = string[]
/**
 * Domains in which short names are looked for; [.]: none.
 */
export type Words4 = string[]
/**
 * As in resolv.conf(5): ndots:1.
 */
export type Words5 = string[]
/**
 * name:address, as `docker run --add-host` takes them; host-gateway is the host.
 */
export type Words6 = string[]
/**
 * name:alias of containers on a network of this one: more names of them that this one alone knows.
 */
export type Words7 = string[]
/**
 * private, host, or container:NAME: that of another container.
 */
export type Joinable = string
/**
 * private, host, none (a loopback alone), or container:NAME: that of another container.
 */
export type NetSharing = string
export type Sharing = 'private' | 'host'
export type Paths = 'default' | Words
/**
 * As in Go: 10s, 1m30s, 500ms.
 */
export type Duration = string

/**
 * A container that this host should run.
 */
export interface ContainerManifest {
  apiVersion: 'reconcile/v1'
  kind: 'Container'
  metadata: Metadata
  spec: Spec
}
export interface Metadata {
  name: Name
  /**
   * The full name is then <project>/<name>.
   */
  project?: string
  labels?: Texts
}
export interface Texts {
  [k: string]: string
}
export interface Spec {
  /**
   * As `docker run` takes it: nginx:1.27, registry.example:5000/app@sha256:…
   */
  image?: string
  /**
   * missing: when the image is not here. always: ask the registry first, once a process. never: it must be here.
   */
  pull?: 'always' | 'missing' | 'never'
  /**
   * Instead of an image: an absolute path, or `host`: a read-only view of the host's programs and libraries. Never written.
   */
  rootfs?: string
  entrypoint?: Words
  command?: Words
  env?: Texts
  envFiles?: Words1
  /**
   * uid, uid:gid, name or name:group.
   */
  user?: string
  workingDir?: string
  /**
   * The first process is a small init, which reaps what is left to it and hands on signals.
   */
  init?: boolean
  /**
   * The first process has a terminal of its own; reconcile attach leads to it.
   */
  tty?: boolean
  hostname?: string
  domainname?: string
  state?: 'running' | 'stopped' | 'paused'
  /**
   * auto: what others change in the kernel is put back. report: it is told and left.
   */
  heal?: 'auto' | 'report'
  mounts?: (string | Mount)[]
  limits?: Limits
  /**
   * Names of networks, or mappings; the first one has the default route. Absent: the project's default network, or the data-root's bridge.
   */
  networks?: (string | NetworkUse)[]
  /**
   * As `docker run -p` takes them: 8080:80, 127.0.0.1:8443:443/tcp, 8000-8010:8000-8010/udp; or mappings.
   */
  ports?: (string | PortUse)[]
  dns?: Words3
  dnsSearch?: Words4
  dnsOptions?: Words5
  extraHosts?: Words6
  links?: Words7
  namespaces?: {
    pid?: Joinable
    ipc?: Joinable
    uts?: Joinable
    net?: NetSharing
    cgroup?: Sharing
  }
  capabilities?: {
    add?: Words
    drop?: Words
  }
  security?: {
    readOnlyRoot?: boolean
    noNewPrivileges?: boolean
    maskedPaths?: Paths
    readonlyPaths?: Paths
  }
  sysctls?: Texts
  /**
   * A policy alone, on-failure also with retries behind it as in on-failure:3; or a mapping. false, which YAML 1.1 makes of a bare no, is the policy no.
   */
  restart?: string | false | Restart
  /**
   * Containers of the same source that must be so far before this one is started: names, or mappings.
   *
   * @maxItems 1000
   */
  dependsOn?: (string | Dependency)[]
  health?: Health
  stop?: {
    signal?: string
    grace?: Duration
  }
  logging?: {
    /**
     * Bytes, or a number with Ki, Mi or Gi.
     */
    maxSize?: number | string
    maxFile?: number
  }
}
export interface VolumeMount {
  type: 'volume'
  /**
   * Absent: an anonymous volume, owned by this container.
   */
  name?: string
  target: string
  readOnly?: boolean
  /**
   * Leave a new volume empty, instead of filling it with what the image has at the target.
   */
  noCopy?: boolean
}
export interface BindMount {
  type: 'bind'
  /**
   * Absolute, or relative to the manifest.
   */
  source: string
  target: string
  readOnly?: boolean
  recursive?: boolean
  propagation?: 'rprivate' | 'private' | 'rslave' | 'slave' | 'rshared' | 'shared'
  /**
   * Make a directory where the source is missing.
   */
  createSource?: boolean
  /**
   * Wait until the source is a mount point, and don't follow it when it is none any more.
   */
  requireMount?: boolean
  /**
   * What a change of the content of a bound file asks for beside being told: nothing, a restart, or a signal to the first process.
   */
  onChange?: ('report' | 'restart') | OnChange
}
export interface OnChange {
  signal: string
}
export interface TmpfsMount {
  type: 'tmpfs'
  target: string
  readOnly?: boolean
  size?: Size
  /**
   * Octal digits in quotes, such as "1777".
   */
  mode?: string
}
export interface Limits {
  cpus?: number
  /**
   * µs
   */
  cpuPeriod?: number
  /**
   * µs; -1: unlimited
   */
  cpuQuota?: number
  cpuShares?: number
  cpusetCpus?: string
  cpusetMems?: string
  memory?: Size
  /**
   * Bytes, or a number with Ki, Mi or Gi.
   */
  memorySwap?: number | string
  memoryReservation?: Size
  /**
   * -1: unlimited.
   */
  pids?: number
  /**
   * Share of block I/O where a scheduler weighs it.
   */
  blkioWeight?: number
  /**
   * What each of these devices is throttled to.
   *
   * @maxItems 64
   */
  blkio?: DeviceRates[]
  ulimits?: {
    [k: string]: Ulimit
  }
  oomScoreAdj?: number
  shmSize?: Size
  /**
   * Show a limit that this kernel can't enforce instead of refusing it.
   */
  bestEffort?: boolean
}
export interface DeviceRates {
  /**
   * Absolute path of a whole disk.
   */
  device: string
  /**
   * Bytes, or a number with Ki, Mi or Gi.
   */
  readBps?: number | string
  /**
   * Bytes, or a number with Ki, Mi or Gi.
   */
  writeBps?: number | string
  /**
   * Operations a second.
   */
  readIops?: number
  /**
   * Operations a second.
   */
  writeIops?: number
}
export interface Ulimit {
  /**
   * -1: unlimited.
   */
  soft: number
  /**
   * -1: unlimited.
   */
  hard: number
}
export interface NetworkUse {
  name: string
  aliases?: Words2
  /**
   * A fixed IPv4 address; chosen and kept if absent.
   */
  address?: string
  /**
   * A fixed IPv6 address; chosen and kept if absent.
   */
  address6?: string
}
export interface PortUse {
  /**
   * A port, or a range: 80, 8000-8010.
   */
  container: number | string
  /**
   * The same of the host; as many.
   */
  host: number | string
  /**
   * Absent: all addresses of the host.
   */
  hostAddress?: string
  protocol?: 'tcp' | 'udp'
}
export interface Restart {
  policy: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  maxRetries?: number
}
export interface Dependency {
  /**
   * Looked for in the own project first; <project>/<name> is another one's.
   */
  name: string
  /**
   * started: it runs, or has run. healthy: its health check says so; without one, it runs. completed: it has ended with 0.
   */
  condition?: 'started' | 'healthy' | 'completed'
  /**
   * false: absent or failed, it is not waited for.
   */
  required?: boolean
  /**
   * Restart this one when that one was.
   */
  restartWith?: boolean
}
/**
 * How it is found out whether the container is well; without it, the image's HEALTHCHECK. One of test, http and tcp; without, the image's test.
 */
export interface Health {
  /**
   * Run in the container; exit code 0 is health. As in Docker: CMD and words, or CMD-SHELL and a text; a string is a text for the shell; NONE turns the image's off.
   */
  test?: string | [string, ...string[]]
  /**
   * A GET in the container's network, by reconcile itself; an answer from 200 to 399 is health. A path (port 80), a URL or a mapping.
   */
  http?: string | HttpProbe
  /**
   * A connection in the container's network, by reconcile itself: a port, or localhost:5432.
   */
  tcp?: number | string
  /**
   * From the end of a probe, or the start, to the next probe; 30s.
   */
  interval?: string
  /**
   * A probe that takes longer has failed, and is killed; 30s.
   */
  timeout?: string
  /**
   * From the start on, as long as it was never healthy, failures don't count; 0.
   */
  startPeriod?: string
  /**
   * Instead of interval as long as the start period lasts; 5s.
   */
  startInterval?: string
  /**
   * Failures in a row that make it unhealthy; 3.
   */
  retries?: number
  /**
   * true: not even the image's HEALTHCHECK.
   */
  disable?: boolean
  /**
   * What is done with an unhealthy container: restart (the default) as if it had crashed, under its restart policy and with its back-off; recreate: the same with a new one; none.
   */
  onUnhealthy?: 'restart' | 'recreate' | 'none'
}
export interface HttpProbe {
  /**
   * / without it.
   */
  path?: string
  /**
   * 80 without it.
   */
  port?: number
  /**
   * localhost (without it) or an address.
   */
  host?: string
}

/**
 * A named volume.
 */
export interface VolumeManifest {
  apiVersion: 'reconcile/v1'
  kind: 'Volume'
  metadata: {
    name: string
  }
  spec?: {
    labels?: {
      [k: string]: string
    }
    /**
     * delete: an undeclared volume is removed with its data.
     */
    removal?: 'keep' | 'delete'
  }
}

/**
 * A network of containers on this host: a bridge with addresses.
 */
export interface NetworkManifest {
  apiVersion: 'reconcile/v1'
  kind: 'Network'
  metadata: {
    name: string
  }
  spec?: {
    labels?: {
      [k: string]: string
    }
    /**
     * IPv4, e.g. 10.199.0.0/24; chosen free of others if absent.
     */
    subnet?: string
    /**
     * Of the host on this network; the first address if absent.
     */
    gateway?: string
    /**
     * IPv6, e.g. fd00:1::/64; none if absent.
     */
    subnet6?: string
    /**
     * As gateway, of subnet6.
     */
    gateway6?: string
    /**
     * What leaves for other hosts gets the address of this one; default true.
     */
    masquerade?: boolean
    /**
     * nftables (the default): isolation, masquerade and published ports by rules; none: no rules of ours, published ports by a proxy.
     */
    firewall?: 'nftables' | 'none'
    /**
     * Nothing leaves, and nothing comes in; default false.
     */
    internal?: boolean
    mtu?: number
  }
}
