import { fightingAfter, fightingWithinMs } from '../../model/heals.ts'
import type { LeftAlone, Plan } from '../../model/plan.ts'
import { counted } from './words.ts'
import { ageText } from './units.ts'

/** The one word for why an object is left alone on purpose. */
export const leftWord = ({ why }: LeftAlone): string => words[why.code]

const words = { hold: 'held', report: 'reported', fighting: 'fighting', changing: 'changing' } as const

/** What stands behind it. */
export function leftText({ why }: LeftAlone, nowMs: number): string {
  switch (why.code) {
    case 'hold':
      return holdText(why, nowMs)
    case 'report':
      return `${why.fields.join(', ')}: the kernel differs, and heal: report`
    case 'changing':
      return `${why.path} changed ${fightingAfter} times in ${fightingWithinMs / 1000} s; its next change is answered in ${left(why.untilMs, nowMs)}`
    case 'fighting': {
      const verb = why.fields.length === 1 ? 'was' : 'were'
      const times = `${fightingAfter} times in ${fightingWithinMs / 1000} s`
      return `${why.fields.join(', ')} ${verb} changed back ${times}; something else writes it; healed again in ${left(why.untilMs, nowMs)}`
    }
  }
}

/** `nothing to do: 1 container is left alone, the rest is as declared` */
export function leftCount({ left = [] }: Pick<Plan, 'left'>): string {
  const names = new Set(left.map(({ subject }) => subject.name))
  return `${counted(names.size, 'container')} ${names.size === 1 ? 'is' : 'are'} left alone, the rest is as declared`
}

/** `1h59m: reason` */
export const holdText = (
  { untilMs, reason }: { readonly untilMs: number; readonly reason: string },
  nowMs: number,
): string => `${ageText(Math.max(0, untilMs - nowMs))}${reason === '' ? '' : `: ${reason}`}`

const left = (untilMs: number, nowMs: number) => ageText(Math.max(0, untilMs - nowMs) + 999)
