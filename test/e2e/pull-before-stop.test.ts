import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { busybox } from '../support/busybox-layer.ts'
import { openShop, randomLayer, realImage, type Shop } from '../support/image-shop.ts'
import type { SmallImage } from '../support/registry-image.ts'
import { eventually, type Lab, makeLab } from '../support/lab.ts'
import { dir, file, tar } from '../support/tar.ts'

const programs = tar(
  ...busybox('sh', 'sleep', 'cat', 'true'),
  dir('etc/'),
  file('etc/passwd', 'root:x:0:0::/:/bin/sh\n'),
)

const release = (name: string, more: readonly Buffer[] = []): SmallImage =>
  realImage([programs, tar(file('release', `${name}\n`)), ...more], {
    config: { Cmd: ['sh', '-c', 'cat /release; exec sleep 1000'], Env: ['PATH=/bin'] },
  })

const manifest = (image: string, more = '') =>
  `apiVersion: reconcile/v1\nkind: Container\nmetadata: { name: web }\nspec: { image: "${image}", stop: { grace: 1s }${more} }\n`

async function shopOf(t: TestContext, images: Record<string, SmallImage>, isSlow = false): Promise<Shop> {
  const shop = await openShop(images, isSlow ? { pieceBytes: 50_000, pauseMs: 40 } : null)
  t.after(() => shop.close())
  return shop
}

const saying = (lab: Lab, text: string) =>
  eventually(
    async () => (await lab.reconcile('logs', 'web')).stdout.includes(text),
    20_000,
    () => `web never said ${text}`,
  )

test('--once pulls an image, waits for it, runs it, and has nothing to do the second time', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, { app: release('one') })
  const path = lab.write('web.yaml', manifest(`${shop.host}/app:1`))
  const planned = await lab.expect(2, 'plan', path)
  assert.match(planned.stdout, /\+ image +\S+\/app:1 +pull +needed by web/)
  assert.match(planned.stdout, /\+ container web +create and start/)
  assert.match(planned.stdout, /plan: 2 to create/)
  const first = await lab.expect(0, '--once', path)
  assert.match(first.stdout, /\. image +\S+\/app:1 +pulling +needed by web/)
  assert.match(first.stdout, /\+ image +\S+\/app:1 +[0-9a-f]{12} pulled/)
  assert.match(first.stdout, /1 of 1 container ready/)
  await saying(lab, 'one')
  const { image } = await lab.inspect('web')
  assert.equal((image as { reference: string }).reference, `${shop.host}/app:1`)
  assert.match((await lab.expect(0, '--once', path)).stdout, /nothing to do/)
})

test('what runs is left alone until the image of its successor is here', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, { app: release('one'), next: release('two', [randomLayer('big', 2_000_000)]) }, true)
  lab.write('web.yaml', manifest(`${shop.host}/app:1`))
  const watcher = lab.watch(lab.manifests)
  await watcher.until(/container web +started/, 60_000)
  const pid = await lab.pid('web')
  lab.write('web.yaml', manifest(`${shop.host}/next:1`))
  await watcher.until(/image +\S+\/next:1 +pulling/)
  assert.equal(await lab.pid('web'), pid)
  const text = await watcher.until(/next:1 +[0-9a-f]{12} pulled[^]*container web +started/, 60_000)
  assert.ok(text.indexOf('stopping') > text.search(/next:1 +[0-9a-f]{12} pulled/), text)
  await saying(lab, 'two')
})

test('under pull: always a container follows its tag; under missing it stays', async t => {
  const lab = makeLab(t)
  const images = { app: release('one') }
  const shop = await shopOf(t, images)
  const reference = `${shop.host}/app:1`
  await lab.expect(0, '--once', lab.write('web.yaml', manifest(reference)))
  const pid = await lab.pid('web')
  images.app = release('two')
  await lab.expect(0, '--once', lab.manifests)
  assert.equal(await lab.pid('web'), pid)
  assert.match((await lab.expect(0, 'plan', lab.manifests)).stdout, /nothing to do/)
  lab.write('web.yaml', manifest(reference, ', pull: always'))
  const planned = await lab.expect(2, 'plan', lab.manifests)
  assert.match(planned.stdout, /-\/\+ container web +recreate +tag moved [0-9a-f]{12} -> [0-9a-f]{12} +web\.yaml/)
  assert.equal(await lab.pid('web'), pid)
  const moved = await lab.expect(0, '--once', lab.manifests)
  assert.match(moved.stdout, /tag moved [0-9a-f]{12} -> [0-9a-f]{12}/)
  await saying(lab, 'two')
  const again = await lab.expect(0, '--once', lab.manifests)
  assert.match(again.stdout, /is up to date/)
  assert.match(again.stdout, /nothing to do/)
})

test('an image that is nowhere fails the run by name, and never touches what runs', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, { app: release('one') })
  const path = lab.write('web.yaml', manifest(`${shop.host}/app:1`))
  await lab.expect(0, '--once', path)
  const pid = await lab.pid('web')
  lab.write('web.yaml', manifest(`${shop.host}/gone:1`))
  const planned = await lab.expect(2, 'plan', path)
  assert.match(planned.stderr, /^note: .*gone/)
  assert.match(planned.stdout, /\. container web +waiting +for the pull of \S+\/gone:1/)
  const failed = await lab.expect(1, '--once', path)
  assert.match(failed.stdout, /x container web +blocked +pull of \S+\/gone:1 failed: .*gone/)
  assert.match(failed.stdout, /1 pull failed/)
  lab.write('web.yaml', manifest(`${shop.host}/gone:1`, ', pull: never'))
  const never = await lab.expect(1, '--once', path)
  assert.match(never.stdout, /image \S+\/gone:1 is not here, and pull: never/)
  assert.equal(await lab.pid('web'), pid)
})

test('Ctrl-C breaks a pull off, and the next run goes on from what has come', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, { app: release('one', [randomLayer('big', 2_000_000)]) }, true)
  lab.write('web.yaml', manifest(`${shop.host}/app:1`))
  const watcher = lab.watch('--once', lab.manifests)
  await watcher.until(/pulling/)
  await eventually(
    () => shop.sent.length >= 3,
    20_000,
    () => 'no layer was asked for',
  )
  const begunMs = performance.now()
  await watcher.kill('SIGINT')
  assert.equal(watcher.child.exitCode, 130)
  assert.ok(performance.now() - begunMs < 3000)
  await lab.expect(0, '--once', lab.manifests)
  assert.ok(
    shop.sent.some(({ from }) => from > 0),
    JSON.stringify(shop.sent),
  )
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})
