/** The units that are written for systemd. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onceUnit, watcherUnit } from '../../../src/status/host/units.ts'

const parts = { program: '/opt/r/bin/reconcile', arguments: ['--root', '/var/lib/r', '/etc/m'], needs: ['/etc/m'] }

test('the end of the watcher is not the end of its containers, and it says when it is ready', () => {
  const unit = watcherUnit(parts)
  for (const line of [
    'Type=notify',
    'KillMode=process',
    'Delegate=yes',
    'Restart=on-failure',
    'WantedBy=multi-user.target',
  ])
    assert.ok(unit.includes(`\n${line}\n`), line)
  assert.match(unit, /^ExecStart=\/opt\/r\/bin\/reconcile --root \/var\/lib\/r \/etc\/m$/m)
  assert.match(onceUnit(parts), /^ExecStart=\/opt\/r\/bin\/reconcile --once --root \/var\/lib\/r \/etc\/m$/m)
})

test('what systemd would read otherwise is written so that it is meant', () => {
  const odd = { ...parts, arguments: ['/a b', '/50%', '/$HOME', '/q"\\'] }
  assert.match(watcherUnit(odd), /^ExecStart=.* "\/a b" \/50%% "\/\$\$HOME" "\/q\\"\\\\"$/m)
})
