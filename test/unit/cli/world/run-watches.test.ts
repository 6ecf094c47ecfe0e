import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { RunWatches } from '../../../../src/cli/world/run-watches.ts'
import type { RunState } from '../../../../src/model/record.ts'
import { networkOf } from '../../../support/arbitraries-networks.ts'
import { idOf, observedOf, runningSince, containerOf, seen } from '../../../support/specs.ts'

function watchesOf(runs: Record<string, number>) {
  const [watched, marked, read]: string[][] = [[], [], []]
  const stateOf = (id: string): RunState | null => {
    read?.push(id)
    const pid = runs[id]
    if (pid === undefined) return null
    const process = { pid, startTicks: '1', shimPid: pid + 1, shimStartTicks: '1', bootId: 'b', startedAtMs: 1 }
    return { version: 1, containerId: id, rootId: 'r', warnings: [], ...process }
  }
  const core = {
    watch: ({ pid }: { pid: number }, network = false) => (
      watched?.push(`${pid}${network ? ' with its network' : ''}`), { ok: true, value: undefined } as const
    ),
    watchNetwork: () => (watched?.push('network'), { ok: true, value: undefined } as const),
    watchPaths: (paths: readonly string[]) => void watched?.push(...paths),
    watchPathAnew: (path: string) => void watched?.push(`${path} anew`),
  }
  return { watches: new RunWatches(core, stateOf, id => marked?.push(id ?? 'all')), watched, marked, read }
}

const [a, b] = [idOf(1), idOf(2)]
const containers = [a, b].map((id, i) => seen(containerOf(`c${i}`), runningSince(1), { id }))

test('what begins to be watched is read again, for no event told of it before', () => {
  const runs: Record<string, number> = { [a]: 10, [b]: 20 }
  const { watches, watched, marked } = watchesOf(runs)
  equal(watches.refresh(observedOf({ containers })), true)
  deepEqual(
    [watched, marked],
    [
      ['10', '20'],
      [a, b],
    ],
  )
  equal(watches.refresh(observedOf({ containers })), false)
  runs[b] = 30
  equal(watches.refresh(observedOf({ containers })), true)
  deepEqual(
    [watched, marked],
    [
      ['10', '20', '30'],
      [a, b, b],
    ],
  )
})

test('runs that were not read again stay watched, and are not read for that', () => {
  const { watches, watched, read } = watchesOf({ [a]: 10, [b]: 20 })
  watches.refresh(observedOf({ containers }))
  const before = read?.length
  equal(watches.refresh({ ...observedOf({ containers }), fresh: new Set([a]) }), false)
  equal((read?.length ?? 0) - (before ?? 0), 1)
  equal(watches.refresh(observedOf({ containers })), false)
  deepEqual(watched, ['10', '20'])
})

test('bind sources that begin to be watched are read again; a look at some containers leaves them as they are', () => {
  const { watches, watched, marked } = watchesOf({})
  const bindSources = {
    '/srv/site': { known: true, value: 'file' },
    '/dead': { known: false, why: 'no answer' },
  } as const
  equal(watches.refresh(observedOf({ bindSources })), true)
  equal(watches.refresh({ ...observedOf({ bindSources }), fresh: new Set() }), false)
  deepEqual([watched, marked], [['/srv/site'], ['all']])
  equal(watches.refresh(observedOf({ bindSources })), false)
})

test('a bind source of which something was heard is watched anew; one that nobody watches is not', () => {
  const { watches, watched } = watchesOf({})
  watches.refresh(observedOf({ bindSources: { '/srv/site': { known: true, value: 'file' } } }))
  for (const path of ['/srv/site', '/srv/other']) watches.renew(path)
  deepEqual(watched, ['/srv/site', '/srv/site anew'])
})

test('links and rules are watched once there is a network, and a container anew that comes to one', () => {
  const { watches, watched, marked } = watchesOf({ [a]: 10 })
  const [alone] = containers
  if (alone === undefined) throw new Error('no container')
  const { positions: _positions, ...front } = networkOf('front')
  const network = { ...front, ipv4: { subnet: '10.1.0.0/24', gateway: '10.1.0.1' }, id: idOf(9) }
  const endpoints = { front: { networkId: idOf(9), interface: 'eth0', ipv4: '10.1.0.2', ipv6: null } }
  equal(watches.refresh(observedOf({ containers: [alone] })), true)
  const joined = observedOf({ containers: [{ ...alone, endpoints }], networks: [network] })
  equal(watches.refresh(joined), true)
  equal(watches.refresh(joined), false)
  deepEqual(
    [watched, marked],
    [
      ['10', 'network', '10 with its network'],
      [a, 'all', a],
    ],
  )
})
