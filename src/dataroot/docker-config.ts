import type { ContainerRecord } from '../model/record.ts'
import { fullName } from '../model/identity.ts'
import { mountPoints } from './docker-mounts.ts'
import { timeText } from './docker-state.ts'
import type { DockerState } from './docker-state.ts'
import { goJson } from './go-json.ts'
import { containerPaths } from './paths.ts'
import type { DataRootPaths } from './paths.ts'

/** What dockerd could only start wrongly carries a driver that it doesn't know, so that it skips it silently. */
const driver = 'reconcile'

/** `/name`; a project's name is joined with `-`, since Docker's names know no slash. */
const dockerName = (record: ContainerRecord): string => `/${fullName(record.declaration.name).replace('/', '-')}`

/** config.v2.json as dockerd 20.10 writes it (docker-data-root §6). */
export function configText(paths: DataRootPaths, record: ContainerRecord, state: DockerState): string {
  const at = containerPaths(paths, record.id)
  const { spec } = record.declaration
  const [path = '', ...args] = [...spec.entrypoint, ...spec.command]
  const started = record.run !== null
  return goJson({
    StreamConfig: {},
    State: stateOf(state),
    ID: record.id,
    Created: timeText(record.createdAtMs),
    Managed: false,
    Path: path,
    Args: args,
    Config: portableConfig(record),
    Image: '',
    NetworkSettings: networkSettings(record),
    LogPath: started ? at.log : '',
    Name: dockerName(record),
    Driver: driver,
    OS: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    RestartCount: record.restarts.count,
    HasBeenStartedBefore: started,
    HasBeenManuallyStopped: record.stop !== null,
    MountPoints: mountPoints(paths, record),
    SecretReferences: null,
    ConfigReferences: null,
    AppArmorProfile: '',
    HostnamePath: started ? at.hostname : '',
    HostsPath: started ? at.hosts : '',
    ShmPath: '',
    ResolvConfPath: started ? at.resolvConf : '',
    SeccompProfile: 'unconfined',
    NoNewPrivileges: spec.security.noNewPrivileges,
    LocalLogCacheMeta: { HaveNotifyEnabled: false },
  })
}

const stateOf = (state: DockerState) => ({
  Running: state.status === 'running',
  Paused: false,
  Restarting: false,
  OOMKilled: state.oomKilled,
  RemovalInProgress: false,
  Dead: state.status === 'dead',
  Pid: state.pid,
  ExitCode: state.exitCode,
  Error: state.error,
  StartedAt: timeText(state.startedAtMs),
  FinishedAt: timeText(state.finishedAtMs),
  Health: null,
})

function portableConfig(record: ContainerRecord) {
  const { spec, labels, stop } = record.declaration
  return {
    Hostname: spec.hostname ?? record.id.slice(0, 12),
    Domainname: spec.domainname,
    User: spec.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Cmd: spec.command.length === 0 ? null : spec.command,
    Image: '',
    Volumes: null,
    WorkingDir: spec.workingDir,
    Entrypoint: spec.entrypoint.length === 0 ? null : spec.entrypoint,
    OnBuild: null,
    Labels: labels,
    StopSignal: stop.signal ?? 'SIGTERM',
    StopTimeout: stopTimeout(stop.graceMs ?? 10_000),
  }
}

const stopTimeout = (graceMs: number) => (graceMs < 0 ? -1 : Math.ceil(graceMs / 1000))

const networkName = (record: ContainerRecord) => (record.declaration.spec.namespaces.net === 'host' ? 'host' : 'none')

/** An empty object for a network would crash dockerd at the start of the container, hence all fields. */
const networkSettings = (record: ContainerRecord) => ({
  Bridge: '',
  SandboxID: '',
  HairpinMode: false,
  LinkLocalIPv6Address: '',
  LinkLocalIPv6PrefixLen: 0,
  Networks: {
    [networkName(record)]: {
      IPAMConfig: null,
      Links: null,
      Aliases: null,
      NetworkID: '',
      EndpointID: '',
      Gateway: '',
      IPAddress: '',
      IPPrefixLen: 0,
      IPv6Gateway: '',
      GlobalIPv6Address: '',
      GlobalIPv6PrefixLen: 0,
      MacAddress: '',
      DriverOpts: null,
      IPAMOperational: false,
    },
  },
  Service: null,
  Ports: {},
  SandboxKey: '',
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  IsAnonymousEndpoint: false,
  HasSwarmEndpoint: false,
})
