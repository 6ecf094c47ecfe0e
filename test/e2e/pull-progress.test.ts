import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { openShop, randomLayer, realImage, type Shop } from '../support/image-shop.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'

const layers = () => [randomLayer('small', 10_000), randomLayer('big', 1_500_000)]
const manifest = (image: string) =>
  `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: web }\nspec: { image: "${image}" }\n`

async function slowShop(t: TestContext): Promise<Shop> {
  const shop = await openShop({ app: realImage(layers()) }, { pieceBytes: 100_000, pauseMs: 60 })
  t.after(() => shop.close())
  return shop
}

type Terminal = { readonly text: () => string; readonly ended: Promise<number | null>; readonly end: () => void }

/** `reconcile` on a pseudo-terminal of util-linux's script(1), 100 columns wide and 30 lines high. */
function onTerminal(t: TestContext, lab: Lab, ...args: string[]): Terminal {
  const places = ['--root', lab.root, '--run', lab.run, '--no-default-network']
  const words = [`${process.cwd()}/bin/reconcile`, ...places, ...args]
  const command = `stty cols 100 rows 30; exec ${words.map(word => `'${word}'`).join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm' },
  })
  let text = ''
  child.stdout.on('data', chunk => (text += chunk))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
  })
  return { text: () => text, ended, end: () => child.stdin.write('\u0003') }
}

/** What stands on the terminal in the end: the two movements that the footer makes are followed, no others are known. */
function screenOf(text: string): string[] {
  const lines = ['']
  for (const part of text.split(/(\u001b\[\d+A\u001b\[J|\r?\n)/)) {
    const up = Number(/^\u001b\[(\d+)A/.exec(part)?.[1] ?? 0)
    if (up > 0) lines.splice(lines.length - 1 - up, up + 1, '')
    else if (/^\r?\n$/.test(part)) lines.push('')
    else lines.push(`${lines.pop() ?? ''}${part.replaceAll(/\u001b\[[\d;]*m/g, '')}`)
  }
  return lines.map(line => line.trimEnd()).filter(line => line !== '')
}

test('--once shows each layer on a terminal while it comes, below all other lines, and takes that away again', async t => {
  const lab = makeLab(t)
  const shop = await slowShop(t)
  const terminal = onTerminal(t, lab, '--once', lab.write('web.yaml', manifest(`${shop.host}/app:1`)))
  assert.equal(await terminal.ended, 1, 'the image holds no program')
  assert.match(terminal.text(), / {2}[0-9a-f]{12} {2}\d+Ki of 1\.4Mi\r\n/)
  assert.match(terminal.text(), /\/app:1: 1 of 2 layers\r\n/)
  const left = screenOf(terminal.text())
  assert.ok(!left.some(line => /^ {2}[0-9a-f]{12}|of 2 layers$/.test(line)), left.join('\n'))
  assert.match(left[0] ?? '', /^\. image +\S+\/app:1 +pulling +needed by web/)
  assert.match(left[1] ?? '', /^\+ image +\S+\/app:1 +[0-9a-f]{12} pulled: 1\.4Mi in 2 layers \(\d/)
})

test('a pull that Ctrl-C breaks off leaves no half line; watch goes on where it stopped, and says so', async t => {
  const lab = makeLab(t)
  const shop = await slowShop(t)
  const path = lab.write('web.yaml', manifest(`${shop.host}/app:1`))
  const first = onTerminal(t, lab, '--once', path)
  const shows = (terminal: Terminal, pattern: RegExp) =>
    eventually(
      () => pattern.test(terminal.text()),
      20_000,
      () => `no ${pattern} in ${terminal.text()}`,
    )
  await shows(first, /[5-9]\d\dKi of 1\.4Mi/)
  first.end()
  assert.equal(await first.ended, 130)
  assert.match(screenOf(first.text()).at(-1) ?? '', /interrupted after \d+ step/)
  const second = onTerminal(t, lab, 'watch', lab.manifests)
  await shows(second, /of 1\.4Mi, went on at \d+Ki/)
  await shows(second, /pulled: 1\.4Mi in .*, \d+Ki of it from an interrupted pull/)
  second.end()
  assert.equal(await second.ended, 130)
})

test('elsewhere an image has a line when its pull begins and one with size and time when it is over', async t => {
  const lab = makeLab(t)
  const shop = await slowShop(t)
  const { stdout } = await lab.reconcile('--once', lab.write('web.yaml', manifest(`${shop.host}/app:1`)))
  const lines = stdout.split('\n').filter(line => / image +\S+\/app:1/.test(line))
  assert.equal(lines.length, 2, stdout)
  assert.match(lines[1] ?? '', /pulled: 1\.4Mi in 2 layers \(\d+(\.\d+)?m?s\)$/)
  assert.ok(!stdout.includes('\u001b'))
})

test('a watcher says of each failed pull how often it was tried, why, and when it is tried again', async t => {
  const lab = makeLab(t)
  const shop = await slowShop(t)
  lab.write('web.yaml', manifest(`${shop.host}/gone:1`))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/x container web +blocked +pull of \S+\/gone:1 failed: .*\n +a watcher tries again in 5s/)
  await watcher.until(/x image +\S+\/gone:1 +not pulled, 2 times now: .*gone.*; next try in 10s/)
})
