import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getSystemErrorName } from 'node:util'
import { fail, type Failure, known, ok, type Known, type Result, unknown } from '../model/errors.ts'
import type { NftItem } from '../model/packet-filter.ts'
import type { Core } from './core.ts'
import { tableName } from './nft-rules.ts'
import type { RanNft } from './wire.ts'

type RunNft = (args: readonly string[]) => Promise<Result<RanNft>>

const patienceMs = 5000
const maxOutputBytes = 8 * 1024 * 1024

/** Carries out what stands in a file, all at once or not at all. Node's pipes are sockets, which nft can't open by name. */
export async function applyRules(nft: RunNft, file: string): Promise<Result<void>> {
  const ran = await nft(['-j', '-f', file])
  if (!ran.ok) return ran
  return ran.value.code === 0 ? ok(undefined) : refused(ran.value.stderr)
}

/**
 * `listed` null: there is no such table. `lacks`: it is not that it failed once. filter: nft can do nothing on this host;
 * permission: nobody here may change its network.
 */
export type ListedRules = {
  readonly listed: Known<string | null>
  readonly lacks?: 'filter' | 'permission'
}

/** The table as the kernel shows it, without what changes by itself. */
export async function listRuleset(nft: RunNft, rootId: string): Promise<ListedRules> {
  const ran = await nft(['-j', 'list', 'table', 'inet', tableName(rootId)])
  if (!ran.ok) return { listed: unknown(ran.error.message), ...(isLacking(ran.error) ? { lacks: 'filter' } : {}) }
  const { code, stdout, stderr } = ran.value
  if (code === 0) return { listed: listedText(stdout) }
  if (absentTable.test(stderr)) return { listed: known(null) }
  const listed = unknown(`nft: ${firstLine(stderr)}`)
  if (noPermission.test(stderr)) return { listed, lacks: 'permission' }
  return noKernel.test(stderr) ? { listed, lacks: 'filter' } : { listed }
}

const absentTable = /No such file or directory/
/** The kernel asks for the same as for links. */
const noPermission = /not permitted/i
const noKernel = /not supported|cache initialization failed: Invalid argument|error while loading shared libraries/i

/** No such program, or none that may be run. */
const isLacking = ({ errno }: Failure): boolean => errno === 'ENOENT' || errno === 'EACCES'

function listedText(stdout: string): Known<string> {
  try {
    const { nftables } = JSON.parse(stdout) as { readonly nftables: readonly object[] }
    return known(
      JSON.stringify(
        nftables.filter(item => !('metainfo' in item)),
        withoutHandles,
      ),
    )
  } catch {
    return unknown('nft: its list is no JSON')
  }
}

/** All tables of this host, those of others, too. `hasFilter` false: there can be none, and why. */
export async function listAllRules(): Promise<{
  readonly rules: Known<readonly NftItem[]>
  readonly hasFilter: boolean
}> {
  const ran = await spawnNft(['-j', 'list', 'ruleset'])
  if (!ran.ok) return { rules: unknown(ran.error.message), hasFilter: !isLacking(ran.error) }
  const { code, stdout, stderr } = ran.value
  if (code === 0) return { rules: itemsOf(stdout), hasFilter: true }
  return {
    rules: unknown(`nft: ${firstLine(stderr)}`),
    hasFilter: !noKernel.test(stderr),
  }
}

function itemsOf(stdout: string): Known<readonly NftItem[]> {
  try {
    return known((JSON.parse(stdout) as { readonly nftables: readonly NftItem[] }).nftables)
  } catch {
    return unknown('nft: its list is no JSON')
  }
}

const withoutHandles = (key: string, value: unknown): unknown => (key === 'handle' ? undefined : value)

/** For programs without a core. */
export async function spawnNft(args: readonly string[]): Promise<Result<RanNft>> {
  const child = spawn('nft', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs, killSignal: 'SIGKILL' })
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (out[name].length < maxOutputBytes) out[name] += text
    })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return ok({ code, ...out })
  } catch (error) {
    return cannotRun((error as NodeJS.ErrnoException).code ?? null, (error as Error).message)
  }
}

/** By the core: its start of a program is no copy of this one, which takes milliseconds. */
export const nftOf =
  ({ nft }: Pick<Core, 'nft'>): RunNft =>
  async args => {
    const ran = await nft(args)
    if (ran.ok) return ran
    const { errno, message } = ran.error
    return cannotRun(typeof errno === 'number' ? getSystemErrorName(-errno) : null, message)
  }

const cannotRun = (errno: string | null, why: string): Result<never> =>
  fail({
    code: 'E_KERNEL_FEATURE',
    message: errno === 'ENOENT' ? 'the program nft is missing (package nftables)' : `nft: ${why}`,
    errno,
  })

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? ''
const refused = (stderr: string): Result<never> =>
  fail({ code: 'E_KERNEL_FEATURE', message: `nft refused the rules of our networks: ${firstLine(stderr)}` })
