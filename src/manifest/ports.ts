import { addressText, parseAddress } from '../model/address.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import { portText, type PublishedPort, samePort } from '../model/network.ts'
import type { Spec } from './generated/manifests.ts'
import type { Report } from './report.ts'
import { quote } from './text.ts'

const maxPorts = 1024

/**
 * Docker's short form, ranges one by one: `8080:80`, `127.0.0.1:8443:443/tcp`, `[::1]:53:53/udp`, `8000-8010:8000-8010`; or the
 * same in words.
 */
export function resolvePorts(written: Spec['ports'], report: Report): PublishedPort[] {
  const all: PublishedPort[] = []
  for (const [index, text] of (written ?? []).entries()) {
    const path = ['spec', 'ports', index]
    const read = typeof text === 'string' ? parsePort(text) : fromWords(text)
    if (!read.ok) {
      report(path, `spec.ports.${index}: ${read.error}`)
      continue
    }
    const twice = read.value.find(port => all.some(other => samePort(other, port)))
    if (twice !== undefined) report(path, `spec.ports.${index}: ${portText(twice)} is published twice`)
    all.push(...read.value)
    if (all.length > maxPorts) {
      report(['spec', 'ports'], `spec.ports publishes more than ${maxPorts} ports`, 'key')
      break
    }
  }
  return all
}

function parsePort(text: string): Result<PublishedPort[], string> {
  const [, address, host, container, protocol = 'tcp'] =
    /^(?:(\[[^\]]*\]|[^:[\]]*):)?([^:/]+):([^:/]+)(?:\/(.*))?$/.exec(text) ?? []
  if (host === undefined || container === undefined) {
    const port = /^\d+(-\d+)?/.exec(text)?.[0]
    const way = port === undefined ? '"8080:80"' : `"${port}:${text}"`
    return fail(`${quote(text)} does not name a port of the host and one of the container; write ${way}`)
  }
  if (protocol !== 'tcp' && protocol !== 'udp') return fail(`${quote(protocol)} is no protocol; use tcp or udp`)
  const hostAddress = hostAddressOf(address)
  return hostAddress.ok
    ? published({ host, container, protocol, hostAddress: hostAddress.value }, quote(text))
    : hostAddress
}

function fromWords({
  container,
  host,
  hostAddress,
  protocol = 'tcp',
}: Exclude<NonNullable<Spec['ports']>[number], string>): Result<PublishedPort[], string> {
  const address = hostAddressOf(hostAddress === '::' ? undefined : hostAddress)
  if (!address.ok) return address
  return published({ host: `${host}`, container: `${container}`, protocol, hostAddress: address.value }, 'it')
}

type Written = Pick<PublishedPort, 'protocol' | 'hostAddress'> & { readonly host: string; readonly container: string }

function published(written: Written, what: string): Result<PublishedPort[], string> {
  const { protocol, hostAddress, host, container } = written
  const [from, to] = [parseRange(host), parseRange(container)]
  if (!from.ok) return from
  if (!to.ok) return to
  if (from.value.length !== to.value.length)
    return fail(`${what} has ${from.value.length} ports of the host for ${to.value.length} of the container`)
  return ok(
    from.value.map((hostPort, index) => ({
      protocol,
      hostAddress,
      hostPort,
      containerPort: to.value[index] ?? hostPort,
    })),
  )
}

/** 0.0.0.0 and :: mean all of them, as nothing does. */
function hostAddressOf(text: string | undefined): Result<string | null, string> {
  if (text === undefined || text === '' || text === '0.0.0.0' || text === '[::]') return ok(null)
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'))
  return address === null ? fail(`${quote(text)} is no address of a host`) : ok(addressText(address))
}

function parseRange(text: string): Result<number[], string> {
  const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? []
  if (first === undefined) return fail(`${quote(text)} is no port; write a number from 1 to 65535, or a range`)
  const [from, to] = [Number(first), Number(last)]
  const bad = [from, to].find(port => port < 1 || port > 65_535)
  if (bad !== undefined) return fail(`port ${bad} is not between 1 and 65535`)
  if (to < from) return fail(`the range ${text} runs backwards`)
  return ok(Array.from({ length: to - from + 1 }, (_, index) => from + index))
}
