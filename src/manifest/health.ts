import type { ContainerDeclaration } from '../model/desired.ts'
import type { DeclaredHealth, Endpoint, Probe } from '../model/health.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { Spec } from './generated/manifests.ts'
import { orReport, type Report } from './report.ts'
import { quote } from './text.ts'
import { parseDurationMs } from './units.ts'

type Written = NonNullable<Spec['health']>

/** None at all is left out: then what the image says holds. */
export function resolveHealth({ health, image }: Spec, report: Report): Pick<ContainerDeclaration, 'health'> {
  if (health === undefined) return {}
  const probe = resolveProbe(health, report)
  if (isEmpty(health) && image === undefined)
    report(['spec', 'health'], 'spec.health needs test, http or tcp: a rootfs has no check of its own', 'key')
  const ms = (field: 'interval' | 'timeout' | 'startPeriod' | 'startInterval') => duration(health, field, report)
  return {
    health: {
      probe,
      intervalMs: ms('interval'),
      timeoutMs: ms('timeout'),
      startPeriodMs: ms('startPeriod'),
      startIntervalMs: ms('startInterval'),
      retries: health.retries ?? null,
      onUnhealthy: health.onUnhealthy ?? 'restart',
    },
  }
}

const isEmpty = ({ test, http, tcp, disable }: Written) =>
  test === undefined && http === undefined && tcp === undefined && disable !== true

function duration(
  health: Written,
  field: 'interval' | 'timeout' | 'startPeriod' | 'startInterval',
  report: Report,
): number | null {
  const text = health[field]
  if (text === undefined) return null
  const path = ['spec', 'health', field]
  const ms = orReport(report, path, parseDurationMs(text))
  if (ms === 0 && field !== 'startPeriod') report(path, `${path.join('.')} must be at least 1ms`)
  return ms
}

function resolveProbe(health: Written, report: Report): DeclaredHealth['probe'] {
  const kinds = (['test', 'http', 'tcp'] as const).filter(kind => health[kind] !== undefined)
  const [kind, another] = kinds
  if (another !== undefined) {
    report(['spec', 'health', another], `spec.health has ${kinds.join(' and ')}; one of them is its check`, 'key')
    return null
  }
  if (health.disable === true) {
    if (kind !== undefined)
      report(['spec', 'health', 'disable'], `spec.health.disable leaves no use for ${kind}; remove one of them`, 'key')
    return { kind: 'none' }
  }
  if (kind === undefined) return null
  const parsed = parseProbe(health)
  return orReport(report, ['spec', 'health', kind], parsed)
}

function parseProbe({ test, http, tcp }: Written): Result<DeclaredHealth['probe'], string> {
  if (test !== undefined) return typeof test === 'string' ? parseShell(test) : parseTest(test)
  if (http !== undefined) return typeof http === 'string' ? parseUrl(http) : parseRequest(http)
  const endpoint = typeof tcp === 'number' ? ok({ host: 'localhost', port: tcp }) : parseEndpoint(tcp ?? '')
  return endpoint.ok ? ok({ kind: 'tcp', ...endpoint.value }) : endpoint
}

const parseShell = (text: string): Result<Probe, string> =>
  text.trim() === ''
    ? fail('is empty; `disable: true` asks nothing')
    : ok({ kind: 'command', test: ['CMD-SHELL', text] })

/** Docker's and Compose's form. */
function parseTest(test: readonly string[]): Result<DeclaredHealth['probe'], string> {
  const [form, ...rest] = test
  if (form === 'NONE' && rest.length === 0) return ok({ kind: 'none' })
  if (form === 'CMD-SHELL') {
    return rest.length === 1 ? parseShell(rest[0] ?? '') : fail('needs one text behind CMD-SHELL')
  }
  if (form === 'CMD') return rest.length > 0 ? ok({ kind: 'command', test }) : fail('needs a program behind CMD')
  return fail(`begins with CMD, CMD-SHELL or NONE, not ${quote(form ?? '')}`)
}

const request = ({ host = 'localhost', port = 80, path = '/' }: Partial<Endpoint> & { readonly path?: string }) =>
  ok({ kind: 'http', host, port, path } as const)

function parseRequest(fields: Exclude<Written['http'], string | undefined>): Result<Probe, string> {
  const { host = 'localhost', path = '/' } = fields
  if (!isHost(host)) return fail(wrongHost(host))
  return isPath(path) ? request({ ...fields, host }) : fail(wrongPath(path))
}

function parseUrl(text: string): Result<Probe, string> {
  if (text.startsWith('/')) return isPath(text) ? request({ path: text }) : fail(wrongPath(text))
  if (text.startsWith('https:'))
    return fail('https is not spoken here; use `test` with a program of the image, or `tcp`')
  const [, authority, path = '/'] = /^http:\/\/([^/?#]+)(\/.*)?$/.exec(text) ?? []
  if (authority === undefined) return fail(`${quote(text)} is neither a path nor http://localhost:PORT/PATH`)
  const endpoint = parseEndpoint(/:\d+$/.test(authority) ? authority : `${authority}:80`)
  if (!endpoint.ok) return endpoint
  return isPath(path) ? request({ ...endpoint.value, path }) : fail(wrongPath(path))
}

/** `localhost:5432`, `127.0.0.1:5432`, `[::1]:5432` or a port alone. */
function parseEndpoint(text: string): Result<Endpoint, string> {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]:|([^:]*):)?(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? 'localhost'
  const port = Number(digits)
  if (digits === '' || port < 1 || port > 65_535) return fail(`${quote(text)} has no port from 1 to 65535`)
  return isHost(host) ? ok({ host, port }) : fail(wrongHost(host))
}

/** A name would be looked up by the host, which knows other ones than the container. */
const isHost = (host: string) => host === 'localhost' || isAddress(host)
const isAddress = (host: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
    ? host.split('.').every(part => Number(part) <= 255 && String(Number(part)) === part)
    : /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(host) && URL.canParse(`http://[${host}]/`)
const wrongHost = (host: string) => `${quote(host)} is neither localhost nor an address`

const isPath = (path: string) => /^\/[\x21-\x7e]*$/.test(path) && path.length <= 2048
const wrongPath = (path: string) => `${quote(path)} is no path of a URL: write it encoded, without spaces`
