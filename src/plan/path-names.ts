import type { ContainerSender, Hop, PathFacts, SenderNames } from '../model/packet-path.ts'
import { broken, ok, putsBack, told, unsure } from './path-hops.ts'

/** Does a sender find whom it asks for by name? Nothing of one that comes through the host: it is asked for by address. */
export function nameHop(facts: PathFacts, { way, aim, name: sender, names }: ContainerSender): Hop[] {
  if (way !== 'network' || names === null || aim === null) return []
  if (!names.hosts.known) return [unsure('name', `/etc/hosts of ${sender} is not readable: ${names.hosts.why}`)]
  const { hosts } = names
  const known = [names.name, ...(names.withProject === null ? [] : [names.withProject])].filter(
    one => hosts.value.get(one) === aim,
  )
  const [found] = known
  if (found === undefined) return [unknownName(facts, sender, names)]
  const other = found === names.name ? undefined : hosts.value.get(names.name)
  const also = other === undefined ? '' : `; ${names.name} alone is ${told(facts, other)} there`
  const text = `${found} is ${told(facts, aim)} for ${sender}${also}`
  if (names.isServed === false) {
    const silent = `${text} in /etc/hosts, but 127.0.0.11 does not answer: programs that ask it alone don't find it`
    return [unsure('name', silent, putsBack)]
  }
  return [ok('name', text)]
}

function unknownName(facts: PathFacts, sender: string, { name, hosts }: SenderNames): Hop {
  const other = hosts.known ? hosts.value.get(name) : undefined
  return other === undefined
    ? broken('name', `${sender} does not know ${name}: it is not in its /etc/hosts`, putsBack)
    : broken('name', `${name} is ${told(facts, other)} for ${sender}`, `look for ${name} in \`extraHosts\` and aliases`)
}
