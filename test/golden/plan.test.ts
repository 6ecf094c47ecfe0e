import { equal } from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { plan } from '../../src/plan/plan.ts'
import { situationOf } from '../support/golden-case.ts'
import { planLines } from '../support/plan-text.ts'
import { minting } from '../support/specs.ts'

const folder = import.meta.dirname
const update = process.env.UPDATE_GOLDEN === '1'

for (const facts of globSync(join(folder, '*.observed.json')).sort()) {
  const name = basename(facts, '.observed.json')
  test(`${name.replaceAll('-', ' ')}: the plan is ${name}.plan.txt`, () => {
    const { desired, observed } = situationOf({
      manifest: readFileSync(join(folder, `${name}.yaml`), 'utf8'),
      recorded: textOrNull(join(folder, `${name}.recorded.yaml`)),
      facts: JSON.parse(readFileSync(facts, 'utf8')),
    })
    const text = `${planLines(plan(desired, observed, minting()))}\n`
    const golden = join(folder, `${name}.plan.txt`)
    if (update) writeFileSync(golden, text)
    equal(text, readFileSync(golden, 'utf8'))
  })
}

const textOrNull = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null)
