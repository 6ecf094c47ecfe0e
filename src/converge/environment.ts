const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Docker's process environment: PATH, HOSTNAME and, with a terminal, TERM unless the container says otherwise, then its own
 * `KEY=value` entries.
 */
export function processEnvironment(env: readonly string[], hostname: string, tty = false): string[] {
  const own = new Set(env.map(entry => entry.slice(0, entry.indexOf('='))))
  const defaults = { PATH: defaultPath, HOSTNAME: hostname, ...(tty ? { TERM: 'xterm' } : {}) }
  const missing = Object.entries(defaults).filter(([key]) => !own.has(key))
  return [...missing.map(([key, value]) => `${key}=${value}`), ...env]
}
