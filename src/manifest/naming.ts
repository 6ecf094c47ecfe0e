import { addressText, parseAddress } from '../model/address.ts'
import type { ContainerDeclaration } from '../model/desired.ts'
import type { ExtraHost, Link } from '../model/network.ts'
import type { Spec } from './generated/manifests.ts'
import { hostnameFault } from './names.ts'
import { orReport, type Report } from './report.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import { quote } from './text.ts'

type Naming = Pick<ContainerDeclaration, 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts' | 'links'>
type Field = keyof Naming

/** How a container finds names beside its networks. What is not asked for is left out. */
export function resolveNaming(spec: Spec, report: Report): Naming {
  const net = spec.namespaces?.net ?? 'private'
  refuseWhereShared(spec, net, report)
  const each = <T>(field: Field, read: (text: string) => Result<T, string>): { readonly [K in Field]?: T[] } => {
    const all = (spec[field] ?? []).flatMap((text, index) => orReport(report, ['spec', field, index], read(text)) ?? [])
    return all.length === 0 ? {} : { [field]: all }
  }
  if ((spec.dnsSearch ?? []).length > 1 && spec.dnsSearch?.includes('.'))
    report(['spec', 'dnsSearch'], 'spec.dnsSearch: "." means none, so it stands alone', 'key')
  return {
    ...(each('dns', readAddress) as Pick<Naming, 'dns'>),
    ...(each('dnsSearch', readDomain) as Pick<Naming, 'dnsSearch'>),
    ...(each('dnsOptions', readOption) as Pick<Naming, 'dnsOptions'>),
    ...(each('extraHosts', text => readExtraHost(text, net)) as Pick<Naming, 'extraHosts'>),
    ...(each('links', readLink) as Pick<Naming, 'links'>),
  }
}

const all: readonly Field[] = ['dns', 'dnsSearch', 'dnsOptions', 'extraHosts', 'links']

/** Those files are the other container's; and a link is an address on a network. */
function refuseWhereShared(spec: Spec, net: string, report: Report): void {
  const refused: readonly Field[] = net.startsWith('container:') ? all : net === 'private' ? [] : ['links']
  for (const field of refused)
    if ((spec[field] ?? []).length > 0)
      report(['spec', field], `spec.${field} has no meaning with namespaces.net: ${net}; remove one of them`, 'key')
}

function readAddress(text: string): Result<string, string> {
  const address = parseAddress(text)
  return address === null ? fail(`${quote(text)} is no address; write it as 192.0.2.53`) : ok(addressText(address))
}

function readDomain(text: string): Result<string, string> {
  const fault = text === '.' ? null : hostnameFault(text.replace(/\.$/, ''))
  return fault === null ? ok(text) : fail(fault)
}

/** resolv.conf(5): `ndots:1`, `edns0` */
const readOption = (text: string): Result<string, string> =>
  /^[a-z0-9-]+(:[a-z0-9.-]+)?$/i.test(text) ? ok(text) : fail(`${quote(text)} is no option; write it as ndots:1`)

/** As `docker run --add-host` takes it; IPv6 has colons of its own. */
function readExtraHost(text: string, net: string): Result<ExtraHost, string> {
  const [, name, written] = /^([^:=]+)[:=](.+)$/.exec(text) ?? []
  if (name === undefined || written === undefined)
    return fail(`${quote(text)} is no name with an address; write it as db.internal:192.0.2.7`)
  const fault = hostnameFault(name)
  if (fault !== null) return fail(fault)
  if (written === 'host-gateway')
    return net === 'none' ? fail('host-gateway needs a network') : ok({ name, address: written })
  const address = readAddress(written.replace(/^\[(.*)\]$/, '$1'))
  return address.ok ? ok({ name, address: address.value }) : address
}

const word = '[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}'
const reference = new RegExp(`^((?:${word}/)?${word})(?::(.*))?$`)

/** `db`, `db:database`, `shop/db:database`; without an alias the name is one. */
function readLink(text: string): Result<Link, string> {
  const [, container, alias = container?.replace(/^.*\//, '')] = reference.exec(text) ?? []
  if (container === undefined || alias === undefined)
    return fail(`${quote(text)} is no container's name; write name:alias or project/name:alias`)
  const fault = hostnameFault(alias)
  return fault === null ? ok({ container, alias }) : fail(fault)
}
