import { existsSync } from 'node:fs'
import { readText } from './files.ts'

type Places = { readonly proc: string; readonly sys: string; readonly modules: string }
const ofHost: Places = { proc: '/proc', sys: '/sys', modules: '/lib/modules' }

/** Why no bridge can be made here; null: it can, or a module that is not seen from here may bring it. Nothing is loaded for the answer. */
export function lackOfBridges({ proc, sys, modules }: Places = ofHost): string | null {
  if (!mayMakeLinks(proc)) return 'networks need the capability NET_ADMIN'
  if (existsSync(`${sys}/module/bridge`) || !existsSync(`${sys}/module`)) return null
  if (!existsSync(`${proc}/modules`)) return 'this kernel has no bridges and loads no modules'
  const release = readText(`${proc}/sys/kernel/osrelease`)
  const known = release.ok ? readText(`${modules}/${release.text.trim()}/modules.dep`) : release
  return !known.ok || /(^|\/)bridge\.ko/m.test(known.text) ? null : 'this kernel has no bridges, nor a module for them'
}

const netAdminBit = 12n

function mayMakeLinks(proc: string): boolean {
  const status = readText(`${proc}/self/status`)
  const held = status.ok ? /^CapEff:\s*([0-9a-f]+)$/m.exec(status.text)?.[1] : undefined
  return held === undefined || ((BigInt(`0x${held}`) >> netAdminBit) & 1n) === 1n
}
