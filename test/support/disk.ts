import { existsSync, readFileSync, readdirSync } from 'node:fs'

export type Disk = { readonly path: string; readonly number: string }

/** A whole disk of this host, the real ones first; null: it has none, as a virtual machine without a drive. */
export function anyDisk(): Disk | null {
  const names = readdirSync('/sys/block').sort((a, b) => Number(isMadeUp(a)) - Number(isMadeUp(b)))
  const name = names.find(each => existsSync(`/dev/${each}`))
  return name === undefined
    ? null
    : { path: `/dev/${name}`, number: readFileSync(`/sys/block/${name}/dev`, 'utf8').trim() }
}

const isMadeUp = (name: string) => /^(zram|loop|ram|nbd)/.test(name)
