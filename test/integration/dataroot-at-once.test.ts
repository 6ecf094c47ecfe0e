import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { labPrefix } from '../support/leaks.ts'

const rounds = 12
const processes = 5

/** Waits for a common moment, then opens the data-root and prints its id or what was refused. */
const script = (root: string, atMs: number) => `
const { dataRootPaths } = await import('${process.cwd()}/src/dataroot/layout/paths.ts')
const { openRoot } = await import('${process.cwd()}/src/dataroot/layout/root.ts')
while (Date.now() < ${atMs});
const opened = openRoot(dataRootPaths('${root}', '${root}-run'), { create: true })
console.log(opened.ok ? opened.value.rootId : opened.error.message)
`

async function printed(source: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', chunk => (text += chunk))
  await once(child, 'close')
  return text.trim()
}

test('several first runs at once make one data-root between them', { timeout: 120_000 }, async t => {
  const folder = mkdtempSync(labPrefix)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (let round = 0; round < rounds; round++) {
    const source = script(`${folder}/root${round}`, Date.now() + 600)
    const answers = await Promise.all(Array.from({ length: processes }, () => printed(source)))
    assert.match(answers[0] ?? '', /^[0-9a-f]{12}$/)
    assert.deepEqual(new Set(answers).size, 1, answers.join('\n'))
  }
})
