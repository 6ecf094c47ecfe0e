import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { failure, openLab, value } from './core-lab.ts'

/** What another program sees: 0 when it could have locked too. */
const flock = (mode: '--shared' | '--exclusive', path: string) =>
  spawnSync('/usr/bin/flock', ['--nonblock', mode, path, 'true']).status

test('an exclusive lock keeps everybody out until it is released, and names its holder', t => {
  const { core, dir } = openLab(t)
  const path = join(dir, 'lock')
  const lock = value(core.lock(path, 'exclusive', true))
  assert.equal(flock('--shared', path), 1)
  const error = failure(core.lock(path, 'exclusive', true))
  assert.equal(error.code, 'E_BUSY')
  assert.equal(error.message, `lock ${path}: held by process ${process.pid}`)
  lock.release()
  assert.equal(flock('--exclusive', path), 0)
  lock.release()
})

test('shared locks stand beside each other, and keep an exclusive one out', t => {
  const { core, dir } = openLab(t)
  const path = join(dir, 'metadata.db')
  writeFileSync(path, '')
  const locks = [value(core.lock(path, 'shared', false)), value(core.lock(path, 'shared', false))]
  assert.equal(flock('--shared', path), 0)
  assert.equal(flock('--exclusive', path), 1)
  for (const lock of locks) lock.release()
  assert.equal(flock('--exclusive', path), 0)
})

test('a lock file is made only when asked for, and never through a symlink', t => {
  const { core, dir } = openLab(t)
  const missing = failure(core.lock(join(dir, 'none'), 'shared', false))
  assert.equal(missing.code, 'E_IO')
  assert.match(missing.message, /ENOENT/)
  symlinkSync('/etc/passwd', join(dir, 'link'))
  assert.match(failure(core.lock(join(dir, 'link'), 'exclusive', true)).message, /ELOOP/)
})

test('the end of the core releases its locks', t => {
  const { core, dir } = openLab(t)
  const path = join(dir, 'lock')
  value(core.lock(path, 'exclusive', true))
  core.close()
  assert.equal(flock('--exclusive', path), 0)
})
