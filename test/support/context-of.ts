import type { Context } from '../../src/cli/context/context.ts'
import { Screen } from '../../src/cli/context/screen.ts'
import { dataRootPaths } from '../../src/dataroot/layout/paths.ts'
import type { Lab } from './lab.ts'

/** What a command gets that is told of a lab's data-root and of nothing else. */
export const contextOf = ({ root, run, manifests }: Pick<Lab, 'root' | 'run' | 'manifests'>): Context => ({
  options: {
    root,
    run,
    source: null,
    output: 'text',
    annotates: false,
    logLevel: 'error',
    color: false,
    showValues: false,
    allowEmpty: false,
    defaultNetwork: false,
    insecure: [],
    mirrors: [],
    git: null,
  },
  screen: new Screen(process.stdout, process.stderr),
  paths: dataRootPaths(root, run),
  signal: new AbortController().signal,
  workingDir: manifests,
})
