import type { LinkFault } from '../../src/model/network-facts.ts'

/** `eth0 is missing` as a fault. */
export const faultOf = (text: string): LinkFault => ({
  field: text.split(' ')[0] ?? '',
  desired: 'there',
  kernel: 'missing',
  text,
})
