import type { ContainerSpec } from './desired.ts'

/** Whether it may change its own addresses: those are nobody else's business then, nor checked. */
export function administersNetwork({ add, drop }: ContainerSpec['capabilities']): boolean {
  const names = (words: readonly string[], name: string) =>
    words.some(word => word.replace(/^CAP_/i, '').toUpperCase() === name)
  return names(add, 'NET_ADMIN') || (names(add, 'ALL') && !names(drop, 'NET_ADMIN'))
}
