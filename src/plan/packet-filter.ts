import type { Dropper, Hook, NftChain, NftItem, NftRule, Packet } from '../model/packet-filter.ts'
import { readRule } from './filter-rule.ts'

type Verdict = 'accept' | 'drop' | 'next'
type Ending = { readonly verdict: Verdict; readonly dropper: Dropper | null }
type Walk = {
  readonly items: readonly NftItem[]
  readonly packet: Packet
  mayBeAccepted: boolean
  mayDrop: Dropper | null
}

const deepest = 16

/** Which rule or policy throws a packet away at a hook, of all tables but ours: the first that surely does, else one that may. */
export function dropperOf(
  items: readonly NftItem[],
  hook: Hook,
  packet: Packet,
  isOurs: (table: string) => boolean,
): Dropper | null {
  const bases = items.flatMap(({ chain }) => (chain !== undefined && isCalled(chain, hook, packet) ? [chain] : []))
  let possible: Dropper | null = null
  for (const base of bases.filter(({ table }) => !isOurs(table)).toSorted((a, b) => (a.prio ?? 0) - (b.prio ?? 0))) {
    const walk: Walk = { items, packet, mayBeAccepted: false, mayDrop: null }
    const ended = throughChain(walk, base, base.name, 0)
    const byPolicy: Dropper | null =
      ended.verdict === 'next' && base.policy === 'drop' ? dropper(walk, { ...base, chain: base.name }, null) : null
    const found = ended.dropper ?? byPolicy
    if (found?.isCertain === true) return found
    possible ??= found ?? walk.mayDrop
  }
  return possible
}

const isCalled = ({ hook: at, type, family }: NftChain, hook: Hook, { family: own }: Packet): boolean =>
  at === hook && type === 'filter' && (family === 'inet' || family === (own === 'ipv4' ? 'ip' : 'ip6'))

type Place = { readonly family: string; readonly table: string; readonly chain: string }

const dropper = ({ mayBeAccepted }: Walk, { family, table, chain }: Place, handle: number | null): Dropper => ({
  family,
  table,
  chain,
  handle,
  isCertain: !mayBeAccepted,
})

const goesOn: Ending = { verdict: 'next', dropper: null }

function throughChain(
  walk: Walk,
  { family, table }: Pick<NftChain, 'family' | 'table'>,
  name: string,
  depth: number,
): Ending {
  if (depth > deepest) return goesOn
  const isIn = (rule: NftRule | undefined): rule is NftRule =>
    rule?.family === family && rule.table === table && rule.chain === name
  for (const rule of walk.items.map(item => item.rule).filter(isIn)) {
    const { applies, verdict, target, leaves } = readRule(rule, walk.packet)
    if (applies === 'no' || verdict === null) continue
    const before = walk.mayBeAccepted
    if (verdict === 'jump') {
      const inside = throughChain(walk, rule, target, depth + 1)
      if (applies === 'maybe') remember(walk, inside, before)
      else if (inside.verdict !== 'next' || leaves) return inside
    } else if (verdict === 'return') {
      if (applies === 'yes') return goesOn
    } else {
      const ended = { verdict, dropper: verdict === 'drop' ? dropper(walk, rule, rule.handle) : null } as const
      if (applies === 'yes') return ended
      remember(walk, ended, before)
    }
  }
  return goesOn
}

/** What a rule would have done that may or may not apply. */
function remember(walk: Walk, { verdict, dropper: found }: Ending, before: boolean): void {
  walk.mayBeAccepted = before || verdict === 'accept'
  if (found !== null) walk.mayDrop ??= { ...found, isCertain: false }
}
