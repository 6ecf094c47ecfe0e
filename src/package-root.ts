import { dirname } from 'node:path'

/** Where `package.json`, `build/` and `node_modules/` are: above `src/`, and above `build/` when it is the bundle that runs. */
export const packageRoot = dirname(import.meta.dirname)
