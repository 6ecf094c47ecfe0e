import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import { probeRoot } from '../../src/dataroot/layout/root.ts'
import { openCore } from '../../src/runtime/core.ts'
import { labPrefix } from './leaks.ts'

export type LabPlaces = { readonly folder: string; readonly root: string; readonly run: string }

/**
 * Ends exactly the containers of this lab's data-root (by their ids, through the core), then removes its folder. Throws when
 * something is still mounted below the folder, apart from what `unmount` takes away: nothing of a mount is ever removed.
 */
export async function removeLab({ folder, root, run }: LabPlaces, unmount = () => {}): Promise<void> {
  if (!folder.startsWith(labPrefix)) throw new Error(`${folder} is not a lab`)
  const identity = probeRoot(dataRootPaths(root, run))
  if (identity.ok && identity.value !== null) await endContainers(identity.value.rootId, root, run)
  unmount()
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(target => target.startsWith(`${folder}/`))
  if (mounted.length > 0) throw new Error(`still mounted: ${mounted.join(' ')}`)
  rmSync(folder, { recursive: true, force: true })
}

async function endContainers(rootId: string, root: string, run: string): Promise<void> {
  const opened = openCore({
    rootId,
    runDir: run,
    shimPath: `${process.cwd()}/build/reconcile-shim`,
    cgroupParent: `reconcile-${rootId}`,
  })
  if (!opened.ok) throw new Error(opened.error.message)
  const core = opened.value
  try {
    for (const id of new Set([...idsOf(`${root}/containers`), ...runningIds(`${run}/${rootId}`)])) {
      const cleaned = await core.cleanup(id)
      if (!cleaned.ok) throw new Error(cleaned.error.message)
    }
  } finally {
    core.close()
  }
}

const isId = (name: string) => /^[0-9a-f]{64}$/.test(name)
const idsOf = (path: string) => list(path).filter(isId)

/** Whole ids of run directories, which are named by their first digits. */
function runningIds(path: string): string[] {
  return list(path).flatMap(name => {
    try {
      const plan = JSON.parse(readFileSync(`${path}/${basename(name)}/plan`, 'utf8')) as { containerId?: string }
      return isId(plan.containerId ?? '') ? [plan.containerId ?? ''] : []
    } catch {
      return []
    }
  })
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
