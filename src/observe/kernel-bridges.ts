import { existsSync } from 'node:fs'
import { readText } from './files.ts'

type Places = { readonly proc: string; readonly sys: string; readonly modules: string }
const ofHost: Places = { proc: '/proc', sys: '/sys', modules: '/lib/modules' }

/** Why this kernel can make no bridge; null: it can, or a module that is not seen from here may. Nothing is loaded for the answer. */
export function lackOfBridges({ proc, sys, modules }: Places = ofHost): string | null {
  if (existsSync(`${sys}/module/bridge`) || !existsSync(`${sys}/module`)) return null
  if (!existsSync(`${proc}/modules`)) return 'this kernel has no bridges and loads no modules'
  const release = readText(`${proc}/sys/kernel/osrelease`)
  const known = release.ok ? readText(`${modules}/${release.text.trim()}/modules.dep`) : release
  return !known.ok || /(^|\/)bridge\.ko/m.test(known.text) ? null : 'this kernel has no bridges, nor a module for them'
}
