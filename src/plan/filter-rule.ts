import { contains, parseAddress, parsePrefix } from '../model/address.ts'
import type { NftRule, Packet } from '../model/packet-filter.ts'

/** What is so, what is not, and what can't be judged from here. */
type Answer = 'yes' | 'no' | 'maybe'
type Json = Readonly<Record<string, unknown>>

type Read = {
  readonly applies: Answer
  readonly verdict: 'accept' | 'drop' | 'return' | 'jump' | null
  readonly target: string
  readonly leaves: boolean
}

/** Whether a rule applies to a packet, and what it does with it then; verdict null: nothing that ends its way. */
export function readRule({ expr }: NftRule, packet: Packet): Read {
  let applies: Answer = 'yes'
  for (const one of expr) {
    const answer = conditionOf(one, packet)
    if (answer !== null) applies = both(applies, answer)
    const done = verdictIn(one, packet)
    if (done !== null) return { leaves: false, target: '', ...done, applies: both(applies, done.applies ?? 'yes') }
  }
  return { applies, verdict: null, target: '', leaves: false }
}

const both = (a: Answer, b: Answer): Answer =>
  a === 'no' || b === 'no' ? 'no' : a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes'

/** xt: modules of iptables, whose parameters are not shown. */
const harmless: ReadonlySet<unknown> = new Set(['comment'])

/** null: it is no condition. */
function conditionOf(one: Json, packet: Packet): Answer | null {
  if ('match' in one) return matchOf(one['match'] as Json, packet)
  if ('limit' in one || 'quota' in one) return 'maybe'
  const xt = one['xt'] as Json | null | undefined
  if (xt === undefined) return null
  if (xt === null) return 'maybe'
  return xt['type'] === 'match' && !harmless.has(xt['name']) ? 'maybe' : null
}

type Done = Pick<Read, 'verdict'> & Partial<Read>

function verdictIn(one: Json, packet: Packet): Done | null {
  if ('drop' in one || 'reject' in one) return { verdict: 'drop' }
  if ('accept' in one) return { verdict: 'accept' }
  if ('return' in one) return { verdict: 'return' }
  if ('jump' in one) return { verdict: 'jump', target: targetOf(one['jump']) }
  if ('goto' in one) return { verdict: 'jump', target: targetOf(one['goto']), leaves: true }
  if ('vmap' in one) return mapped(one['vmap'] as Json, packet)
  const xt = one['xt'] as Json | null | undefined
  return xt?.['type'] === 'target' && xt['name'] === 'REJECT' ? { verdict: 'drop' } : null
}

const targetOf = (jump: unknown): string => String((jump as Json)['target'])

/** The first entry that fits; a map by name, or one whose key can't be judged, decides nothing here. */
function mapped({ key, data }: Json, packet: Packet): Done | null {
  const entries = (data as Json | undefined)?.['set']
  if (!Array.isArray(entries)) return null
  for (const [value, verdict] of entries as (readonly [unknown, Json])[]) {
    const answer = matchOf({ op: '==', left: key, right: value }, packet)
    const done = answer === 'no' ? null : verdictIn(verdict, packet)
    if (done !== null) return { ...done, applies: answer }
  }
  return null
}

function matchOf({ op, left, right }: Json, packet: Packet): Answer {
  const answer = fits(left as Json, right, packet)
  if (op === '!=') return answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'maybe'
  return op === '==' || op === 'in' ? answer : 'maybe'
}

function fits(left: Json, right: unknown, packet: Packet): Answer {
  const wanted = alternatives(right)
  if (wanted === null) return 'maybe'
  const answers = wanted.map(one => fitsOne(left, one, packet))
  return answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no'
}

/** A set by name is not looked into. */
function alternatives(right: unknown): readonly unknown[] | null {
  if (typeof right === 'string' && right.startsWith('@')) return null
  if (Array.isArray(right)) return right
  const set = typeof right === 'object' && right !== null && 'set' in right ? right.set : null
  return set === null ? [right] : Array.isArray(set) ? set : null
}

function fitsOne({ meta, payload, ct }: Json, wanted: unknown, packet: Packet): Answer {
  const isBefore = packet.state === 'established'
  if (ct !== undefined) {
    const { key } = ct as Json
    if (key === 'state') return is(packet.state, wanted)
    if (key !== 'status') return 'maybe'
    return wanted === 'dnat' ? (packet.isPublished ? 'yes' : 'no') : isBefore ? 'maybe' : 'no'
  }
  if (meta !== undefined) return metaFits(String((meta as Json)['key']), wanted, packet)
  return payload === undefined ? 'maybe' : payloadFits(payload as Json, wanted, packet)
}

function metaFits(key: string, wanted: unknown, { family, protocol, inDevice, outDevice }: Packet): Answer {
  switch (key) {
    case 'iifname':
      return device(inDevice, wanted)
    case 'oifname':
      return device(outDevice, wanted)
    case 'l4proto':
      return is(protocol, wanted)
    case 'nfproto':
      return is(family, wanted)
    case 'protocol':
      return is(family === 'ipv4' ? 'ip' : 'ip6', wanted)
    default:
      return 'maybe'
  }
}

function payloadFits({ protocol, field }: Json, wanted: unknown, packet: Packet): Answer {
  if (protocol === 'ip' || protocol === 'ip6') {
    if (protocol !== (packet.family === 'ipv4' ? 'ip' : 'ip6')) return 'no'
    if (field === 'protocol' || field === 'nexthdr') return is(packet.protocol, wanted)
    return field === 'saddr'
      ? address(packet.source, wanted)
      : field === 'daddr'
        ? address(packet.destination, wanted)
        : 'maybe'
  }
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'th') return 'maybe'
  if (protocol !== 'th' && protocol !== packet.protocol) return 'no'
  return field === 'dport'
    ? port(packet.destinationPort, wanted)
    : field === 'sport'
      ? port(packet.sourcePort, wanted)
      : 'maybe'
}

const is = (value: string, wanted: unknown): Answer => (value === wanted ? 'yes' : 'no')

/** `eth*` is any that begins so. */
function device(name: string | null, wanted: unknown): Answer {
  if (name === null || typeof wanted !== 'string') return 'maybe'
  const fitting = wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted
  return fitting ? 'yes' : 'no'
}

function port(number: number | null, wanted: unknown): Answer {
  const range = typeof wanted === 'object' && wanted !== null && 'range' in wanted ? (wanted.range as unknown[]) : null
  const [from, to] = range ?? [wanted, wanted]
  if (number === null || typeof from !== 'number' || typeof to !== 'number') return 'maybe'
  return number >= from && number <= to ? 'yes' : 'no'
}

function address(own: string | null, wanted: unknown): Answer {
  const held = own === null ? null : parseAddress(own)
  if (held === null) return 'maybe'
  const { addr, len } = (
    typeof wanted === 'object' && wanted !== null && 'prefix' in wanted ? wanted.prefix : {}
  ) as Json
  const text = typeof wanted === 'string' ? `${wanted}/${held.family === 'ipv4' ? 32 : 128}` : `${addr}/${len}`
  const prefix = parsePrefix(text)
  return prefix === null ? 'maybe' : contains(prefix, held) ? 'yes' : 'no'
}
