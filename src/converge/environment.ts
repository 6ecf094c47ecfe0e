const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Docker's process environment: PATH and HOSTNAME unless the container says otherwise, then its own entries. */
export function processEnvironment(env: Readonly<Record<string, string>>, hostname: string): string[] {
  const all = { PATH: defaultPath, HOSTNAME: hostname, ...env }
  return Object.entries(all).map(([key, value]) => `${key}=${value}`)
}
