/** What the service manager that started a watcher is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceManager } from '../../../../src/cli/loops/service-manager.ts'
import { ok } from '../../../../src/model/errors.ts'

const socket = '/run/systemd/notify'

function managed(environment: Record<string, string>, pid = 7) {
  const told: string[] = []
  const notify = (to: string, state: string) => {
    assert.equal(to, socket)
    told.push(state)
    return ok(undefined)
  }
  return { manager: new ServiceManager({ notify }, environment, pid), told }
}

test('ready, a sign of life in each half of its time, and the end', t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { manager, told } = managed({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '4000000', WATCHDOG_PID: '7' })
  manager.ready('watching /m')
  t.mock.timers.tick(4000)
  manager.stopping()
  t.mock.timers.tick(4000)
  assert.deepEqual(told, ['READY=1\nSTATUS=watching /m', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1'])
})

test('no sign of life where none is wanted, or that of another process', t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  for (const watchdog of [{}, { WATCHDOG_USEC: '4000000', WATCHDOG_PID: '8' }, { WATCHDOG_USEC: 'x' }]) {
    const { manager, told } = managed({ NOTIFY_SOCKET: socket, ...watchdog })
    manager.ready('x')
    t.mock.timers.tick(10_000)
    assert.deepEqual(told, ['READY=1\nSTATUS=x'])
  }
})

test('without a manager nobody is told', () => {
  const { manager, told } = managed({})
  manager.ready('x')
  manager.stopping()
  assert.deepEqual(told, [])
})
