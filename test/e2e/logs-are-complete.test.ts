import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lab, eventually, makeLab } from '../support/lab.ts'

const printer = (command: string, logging: string) => `
apiVersion: reconcile/v1
kind: Container
metadata: { name: printer }
spec:
  rootfs: host
  command: [sh, -c, ${JSON.stringify(command)}]
  logging: { ${logging} }
  restart: { policy: "no" }
`
const logFiles = (lab: Lab) => globSync(`${lab.root}/containers/*/*-json.log*`).sort()

/** Every line of every log file is a JSON record; returns all their texts, oldest first. */
function records(lab: Lab): string[] {
  const byAge = logFiles(lab).sort((a, b) => suffix(b) - suffix(a))
  return byAge.flatMap(path =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(line => (JSON.parse(line) as { log: string }).log),
  )
}
const suffix = (path: string) => Number(/\.(\d+)$/.exec(path)?.[1] ?? 0)

const lineCount = 2_000_000
const bytesEach = 100

test('200 MB of output are all there, in valid JSON lines, over rotated files', { timeout: 240_000 }, async t => {
  const lab = makeLab(t)
  const command = `yes ${'x'.repeat(bytesEach - 1)} | head -n ${lineCount}`
  await lab.expect(0, '--once', lab.write('p.yaml', printer(command, 'maxSize: 50Mi, maxFile: 20')))
  const all = records(lab)
  const hash = createHash('sha256')
  for (const text of all) hash.update(text)
  const expected = createHash('sha256')
  for (let i = 0; i < lineCount; i++) expected.update(`${'x'.repeat(bytesEach - 1)}\n`)
  assert.equal(all.length, lineCount)
  assert.equal(hash.digest('hex'), expected.digest('hex'))
  assert.ok(logFiles(lab).length > 3, 'the log was rotated')
})

test('a line of 5 MB is kept whole, in pieces of 16 KiB', { timeout: 60_000 }, async t => {
  const lab = makeLab(t)
  await lab.expect(
    0,
    '--once',
    lab.write('p.yaml', printer('head -c 5000000 /dev/zero | tr "\\\\0" y; echo', 'maxSize: 50Mi, maxFile: 2')),
  )
  const all = records(lab)
  assert.equal(all.join(''), `${'y'.repeat(5_000_000)}\n`)
  assert.ok(all.every(text => text.length <= 16_385))
  const shown = await lab.expect(0, 'logs', 'printer')
  assert.equal(shown.stdout, `${'y'.repeat(5_000_000)}\n`)
})

test('rotation keeps the newest files and drops the oldest', { timeout: 60_000 }, async t => {
  const lab = makeLab(t)
  await lab.expect(0, '--once', lab.write('p.yaml', printer('seq 1 200000', 'maxSize: 1Mi, maxFile: 3')))
  assert.equal(logFiles(lab).length, 3)
  const numbers = records(lab).map(Number)
  assert.equal(numbers.at(-1), 200_000)
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => 200_000 - numbers.length + 1 + i),
  )
})

test('a payload that is silent for a minute is still heard; logs -f follows across rotation', {
  timeout: 120_000,
}, async t => {
  const lab = makeLab(t)
  const command = 'seq 1 30000; sleep 60; seq 30001 60000; echo end'
  const file = lab.write('p.yaml', printer(command, 'maxSize: 500Ki, maxFile: 50'))
  const running = lab.expect(0, '--once', file)
  await eventually(
    () => logFiles(lab).length > 0,
    10_000,
    () => 'no log',
  )
  const follower = spawn(
    `${process.cwd()}/bin/reconcile`,
    ['--root', lab.root, '--run', lab.run, 'logs', '-f', 'printer'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let followed = ''
  follower.stdout.on('data', chunk => (followed += chunk))
  t.after(() => follower.kill('SIGKILL'))
  await sleep(5000)
  await running
  const ended = await Promise.race([once(follower, 'close').then(() => true), sleep(15_000).then(() => false)])
  assert.ok(ended, 'logs -f ends when the container has ended for good')
  const expected = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`).join('')
  assert.equal(followed, `${expected}end\n`)
  assert.equal(records(lab).join(''), `${expected}end\n`)
})
