/** A kernel that can make no bridge is told from one that can, or may; nothing is loaded for the answer. */
import { equal, match } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { lackOfBridges } from '../../../src/observe/kernel-bridges.ts'

function lackIn(t: { after: (undo: () => void) => void }, files: Readonly<Record<string, string>>): string | null {
  const root = mkdtempSync(join(tmpdir(), 'reconcile-test-bridges-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return lackOfBridges({ proc: join(root, 'proc'), sys: join(root, 'sys'), modules: join(root, 'lib') })
}

const kernel = { 'sys/module/tcp_cubic/version': '', 'proc/sys/kernel/osrelease': '6.1.0\n' }
const loading = { ...kernel, 'proc/modules': '' }
const dep = 'lib/6.1.0/modules.dep'

test('bridges that are there, or that a module may bring, are no lack', t => {
  equal(lackIn(t, { ...kernel, 'sys/module/bridge/version': '2.3' }), null)
  equal(lackIn(t, { ...loading, [dep]: 'kernel/net/bridge/bridge.ko.xz: kernel/net/llc/llc.ko.xz\n' }), null)
  equal(lackIn(t, loading), null)
  equal(lackIn(t, {}), null)
})

test('a kernel that has none, and no module that brings them, is told', t => {
  match(lackIn(t, kernel) ?? '', /loads no modules/)
  match(lackIn(t, { ...loading, [dep]: 'kernel/net/bridge/br_netfilter.ko:\n' }) ?? '', /nor a module/)
})

test('who may make no links is told so, whatever the kernel has', t => {
  const has = { ...kernel, 'sys/module/bridge/version': '2.3' }
  match(lackIn(t, { ...has, 'proc/self/status': 'CapEff:\t00000000a80425fb\n' }) ?? '', /NET_ADMIN/)
  equal(lackIn(t, { ...has, 'proc/self/status': 'CapEff:\t000001ffffffffff\n' }), null)
})
