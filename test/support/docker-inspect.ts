type Json = Record<string, unknown>

/**
 * What `docker inspect` says of a container, without what differs between two containers of one request.
 */
export function comparable(inspected: Json): Json {
  const { Path, Args, Image, Name, Driver, Platform, AppArmorProfile, ExecIDs } = inspected
  return {
    Path,
    Args,
    Image,
    Name,
    Driver,
    Platform,
    AppArmorProfile,
    ExecIDs,
    Config: config(inspected['Config'] as Json, inspected['Id'] as string),
    HostConfig: hostConfig(inspected['HostConfig'] as Json),
    Mounts: mounts(inspected['Mounts'] as Json[]),
    Networks: Object.keys((inspected['NetworkSettings'] as { readonly Networks: Json }).Networks),
  }
}

function config(given: Json, id: string): Json {
  // which streams the client would attach to by itself
  const { AttachStdin: _in, AttachStdout: _out, AttachStderr: _error, ...rest } = given
  const { Hostname, StopTimeout, Env } = given
  // Docker's client sends variables in any order, as Go walks a map;
  // ten seconds is what an engine waits where nothing is said
  return {
    ...rest,
    Hostname: Hostname === id.slice(0, 12) ? '<id>' : Hostname,
    StopTimeout: StopTimeout ?? 10,
    Env: (Env as string[]).toSorted(),
  }
}

/** No list and an empty one are the same, but for the paths that are masked: null would be the usual ones. */
const hostConfig = (given: Json): Json =>
  Object.fromEntries(
    Object.entries(given)
      .map(([key, value]) => [key, key === 'Binds' ? inOrder(value) : value] as const)
      .map(([key, value]) => [key, !key.endsWith('Paths') && isEmpty(value) ? null : value]),
  )

/** Docker's client sends them in any order. */
const inOrder = (binds: unknown) => (Array.isArray(binds) ? binds.map(String).sort() : binds)

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0

/** An anonymous volume has a name of its own, and each data-root its place. */
function mounts(given: readonly Json[]): Json[] {
  const general = (text: unknown) =>
    String(text)
      .replace(/^.*(?=\/volumes\/)/, '<root>')
      .replaceAll(/[0-9a-f]{64}/g, '<id>')
  return given
    .map(mount => ({ ...mount, Name: general(mount['Name']), Source: general(mount['Source']) }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
