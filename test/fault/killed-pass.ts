/** Run by killed.test.ts as a process of its own: `killed-pass.ts FOLDER STAGE NUMBER` ends by SIGKILL at effect NUMBER. */
import { openRealHost } from '../support/real-host.ts'
import { killAt } from './boundaries.ts'
import { stages, type StageName } from './stages.ts'

const [folder = '', stage = 'up', chosen = '0'] = process.argv.slice(2)
const boundaries = killAt(Number(chosen), `${folder}/root`)
const host = openRealHost(folder, boundaries.wrap)
await host.converge(stages[stage as StageName].desired)
host.close()
process.stdout.write(`${boundaries.count()}\n`)
