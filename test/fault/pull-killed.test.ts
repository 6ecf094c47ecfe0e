import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { openShop, randomLayer, realImage } from '../support/image-shop.ts'
import type { Shop } from '../support/image-shop.ts'
import { eventually, makeLab } from '../support/lab.ts'
import type { Lab } from '../support/lab.ts'

async function shopOf(t: TestContext, pauseMs: number): Promise<Shop> {
  const image = realImage(['one', 'two', 'three', 'four'].map(name => randomLayer(name, 400_000)))
  const shop = await openShop({ app: image }, { pieceBytes: 20_000, pauseMs })
  t.after(() => shop.close())
  return shop
}

function begin(lab: Lab, reference: string) {
  const args = ['--root', lab.root, '--run', lab.run, 'images', 'pull', reference]
  const child = spawn(`${process.cwd()}/bin/reconcile`, args, { stdio: 'ignore' })
  return { child, ended: once(child, 'exit') }
}

test('a pull that is killed goes on where it stopped', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, 20)
  const { child, ended } = begin(lab, `${shop.host}/app:1`)
  await eventually(
    () => shop.sent.length >= 4,
    20_000,
    () => 'no layer is transferred',
  )
  await sleep(150)
  child.kill('SIGKILL')
  await ended
  const before = shop.sent.length
  await lab.expect(0, 'images', 'pull', `${shop.host}/app:1`)
  const again = shop.sent.slice(before).filter(({ from }) => from > 0)
  assert.ok(again.length >= 2, `only ${again.length} transfers went on`)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  assert.match((await lab.expect(0, 'images')).stdout, /app +1 /)
})

test('killed at any moment, a pull leaves what fsck can tell, and the next one finishes', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, 4)
  for (let afterMs = 150; afterMs <= 650; afterMs += 100) {
    const { child, ended } = begin(lab, `${shop.host}/app:1`)
    await sleep(afterMs)
    child.kill('SIGKILL')
    await ended
    const checked = await lab.reconcile('fsck')
    assert.ok(checked.code === 0 || checked.code === 2, `after ${afterMs} ms: ${checked.stdout}${checked.stderr}`)
    await lab.expect(0, 'fsck', '--repair')
    assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  }
  await lab.expect(0, 'images', 'pull', `${shop.host}/app:1`)
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  await lab.expect(0, 'images', 'rm', `${shop.host}/app:1`)
  assert.match((await lab.expect(0, 'images', 'gc')).stdout, /nothing to remove/)
})

test('a pull that is interrupted ends at once with the code of its signal', async t => {
  const lab = makeLab(t)
  const shop = await shopOf(t, 50)
  const { child, ended } = begin(lab, `${shop.host}/app:1`)
  await eventually(
    () => shop.sent.length >= 2,
    20_000,
    () => 'no layer is transferred',
  )
  child.kill('SIGINT')
  assert.deepEqual(await ended, [130, null])
  assert.equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
})
