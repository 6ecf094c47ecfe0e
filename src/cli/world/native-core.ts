import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../model/errors.ts'
import { packageRoot } from '../../package-root.ts'
import type { Core } from '../../runtime/core.ts'
import { exitCodes, type Refused } from '../context/context.ts'

const buildDir = join(packageRoot, 'build')

export type CorePlace = {
  readonly rootId: string
  readonly runDir: string
  /** where an overlay is tried; null: not tried */
  readonly probeDir: string | null
  /** missing: at the top of every hierarchy */
  readonly cgroupParent?: string
  readonly shimCgroup?: string | null
}

/** Loads the native library, which only commands that need it do, and opens it. */
export async function openNativeCore(
  config: CorePlace,
): Promise<Result<{ readonly core: Core; readonly abi: string }, Refused>> {
  const absent = ['librc.so', 'reconcile-shim'].filter(name => !existsSync(`${buildDir}/${name}`))
  if (absent.length > 0) return refuse(`the core is not built (${absent.join(', ')}): run \`npm run build\``)
  try {
    const [{ openCore }, { abiVersion }] = await Promise.all([
      import('../../runtime/core.ts'),
      import('../../runtime/native.ts'),
    ])
    const shimPath = `${buildDir}/reconcile-shim`
    const core = openCore({ cgroupParent: `reconcile-${config.rootId}`, ...config, shimPath })
    return core.ok ? ok({ core: core.value, abi: abiVersion }) : refuse(`cannot open the core: ${core.error.message}`)
  } catch (error) {
    return refuse(`cannot load the core: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const refuse = (message: string): Result<never, Refused> => fail({ exit: exitCodes.failed, message })
