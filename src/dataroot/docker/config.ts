import { hostname } from 'node:os'
import type { ImageConfig } from '../../model/image-config.ts'
import type { ContainerRecord } from '../../model/record.ts'
import { fullName } from '../../model/identity.ts'
import { dockerHealth, dockerHealthcheck } from './health.ts'
import { joinedName } from '../../model/desired.ts'
import { dockerNameOf } from './names.ts'
import { anonymousTargets, mountPoints } from './mounts.ts'
import { dockerNetworks, portBindings } from './networks.ts'
import type { DockerState } from './state.ts'
import { goJson } from '../files/go-json.ts'
import { timeText } from '../files/go-time.ts'
import { settingsOrDeclared } from '../images/recorded-settings.ts'
import type { RecordedSettings } from '../images/recorded-settings.ts'
import { containerPaths } from '../layout/paths.ts'
import type { DataRootPaths } from '../layout/paths.ts'
import { storageDriver } from '../layout/storage-driver.ts'

/** What dockerd could only start wrongly carries a driver that it doesn't know, so that it skips it silently. */
const driverOf = (paths: DataRootPaths, { image, declaration: { spec } }: ContainerRecord) =>
  image === null || joinedName(spec.namespaces.uts) !== null ? 'reconcile' : storageDriver(paths)

/** `/name`; a project's name is joined with `-`, since Docker's names know no slash. */
const dockerName = (record: ContainerRecord): string => `/${dockerNameOf(fullName(record.declaration.name))}`

/** config.v2.json as dockerd 20.10 writes it (docker-data-root §6). */
export function configText(paths: DataRootPaths, record: ContainerRecord, state: DockerState): string {
  const at = containerPaths(paths, record.id)
  const { spec } = record.declaration
  const recorded = settingsOrDeclared(paths, record)
  const [path = '', ...args] = recorded.settings.args
  const started = record.run !== null
  return goJson({
    StreamConfig: {},
    State: stateOf(state, record.declaration.state === 'paused', dockerHealth(paths, record, recorded.image, state)),
    ID: record.id,
    Created: timeText(record.createdAtMs),
    Managed: false,
    Path: path,
    Args: args,
    Config: portableConfig(record, recorded),
    Image: record.image?.id ?? '',
    NetworkSettings: networkSettings(record),
    LogPath: started ? at.log : '',
    Name: dockerName(record),
    Driver: driverOf(paths, record),
    OS: 'linux',
    ...platformOf(recorded.image),
    MountLabel: '',
    ProcessLabel: '',
    RestartCount: record.restarts.count,
    HasBeenStartedBefore: started,
    // also one that had ended by itself before it was declared as stopped
    HasBeenManuallyStopped: record.stop !== null || record.declaration.state === 'stopped',
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

const stateOf = (state: DockerState, isPaused: boolean, health: ReturnType<typeof dockerHealth>) => ({
  Running: state.status === 'running',
  Paused: isPaused && state.status === 'running',
  Restarting: false,
  OOMKilled: state.oomKilled,
  RemovalInProgress: false,
  Dead: state.status === 'dead',
  Pid: state.pid,
  ExitCode: state.exitCode,
  Error: state.error,
  StartedAt: timeText(state.startedAtMs),
  FinishedAt: timeText(state.finishedAtMs),
  Health: health,
})

/** Engines from 28 on know more than the system's name. */
const platformOf = (image: ImageConfig | null) =>
  image === null
    ? {}
    : {
        ImagePlatform: {
          architecture: image.architecture,
          os: image.os,
          ...(image.variant === '' ? {} : { variant: image.variant }),
        },
      }

function portableConfig(record: ContainerRecord, { settings, image }: RecordedSettings) {
  const { spec } = record.declaration
  const { shell = null, onBuild = [], volumes = [] } = image?.defaults ?? {}
  const exposed = [...new Set([...settings.exposedPorts, ...Object.keys(portBindings(record))])]
  const targets = [...volumes, ...anonymousTargets(spec.mounts)]
  return {
    Hostname: recordedHostname(record),
    Domainname: spec.domainname,
    User: settings.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(exposed.length === 0 ? {} : { ExposedPorts: setOf(exposed) }),
    Tty: spec.tty === true,
    // or dockerd would attach nobody's keys to it
    OpenStdin: spec.tty === true,
    StdinOnce: false,
    Env: settings.env,
    Cmd: orNull(settings.command),
    ...dockerHealthcheck(record.declaration.health, image),
    Image: record.image?.reference ?? '',
    Volumes: targets.length === 0 ? null : setOf(targets.toSorted()),
    WorkingDir: settings.workingDir,
    Entrypoint: orNull(settings.entrypoint),
    OnBuild: orNull(onBuild),
    Labels: settings.labels,
    StopSignal: settings.stopSignal,
    StopTimeout: stopTimeout(settings.stopGraceMs),
    ...(shell === null ? {} : { Shell: shell }),
  }
}

/** In the host's network namespace Docker names a container like the host. */
const recordedHostname = ({ id, declaration: { spec } }: ContainerRecord): string =>
  spec.hostname ?? (spec.namespaces.net === 'host' ? hostname() : id.slice(0, 12))

const setOf = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, {}]))
const orNull = <T>(items: readonly T[]) => (items.length === 0 ? null : items)

const stopTimeout = (graceMs: number) => (graceMs < 0 ? -1 : Math.ceil(graceMs / 1000))

const networkSettings = (record: ContainerRecord) => ({
  Bridge: '',
  SandboxID: '',
  HairpinMode: false,
  LinkLocalIPv6Address: '',
  LinkLocalIPv6PrefixLen: 0,
  Networks: dockerNetworks(record),
  Service: null,
  Ports: {},
  SandboxKey: '',
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  IsAnonymousEndpoint: false,
  HasSwarmEndpoint: false,
})
