import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../model/errors.ts'
import { packageRoot } from '../../package-root.ts'
import type { Core } from '../../runtime/core.ts'
import { exitCodes, type Refused } from '../context/context.ts'

const buildDir = join(packageRoot, 'build')

export type CorePlace = {
  readonly rootId: string
  readonly runDir: string | null
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
  const built = requireBuilt(['librc.so', 'reconcile-shim'])
  if (!built.ok) return built
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

/** The program that runs commands in containers. */
export function shimFile(): Result<string, Refused> {
  const built = requireBuilt(['reconcile-shim'])
  return built.ok ? ok(`${buildDir}/reconcile-shim`) : built
}

function requireBuilt(names: readonly string[]): Result<void, Refused> {
  const absent = names.filter(name => !existsSync(`${buildDir}/${name}`))
  return absent.length === 0
    ? ok(undefined)
    : refuse(`the core is not built (${absent.join(', ')}): run \`npm run build\``)
}

const refuse = (message: string): Result<never, Refused> => fail({ exit: exitCodes.failed, message })
