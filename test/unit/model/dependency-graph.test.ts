// Whatever depends on what is put in an order, once, in time that grows with it, and a circle is named.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cycleText, meanings, orderByNeed } from '../../../src/model/dependency-graph.ts'

const graph = (needs: Readonly<Record<string, readonly string[]>>) => orderByNeed(new Map(Object.entries(needs)))

test('what is needed stands before what needs it, level by level, and else as it was given', () => {
  const { order, cycles } = graph({ web: ['api', 'db'], api: ['db'], cache: [], db: ['gone'] })
  deepEqual([order, cycles], [['cache', 'db', 'api', 'web'], []])
})

test('a circle is found once, by its own names alone, and the rest keeps its order', () => {
  const { order, cycles } = graph({ before: ['a'], a: ['b'], b: ['c'], c: ['a'], free: [] })
  deepEqual(cycles, [['a', 'b', 'c']])
  deepEqual(order, ['free', 'a', 'b', 'c', 'before'])
  equal(cycleText(['a', 'b', 'c'], 'b'), 'b → c → a → b')
})

test('a thousand in a row, and a thousand in a circle, are no matter of recursion or patience', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `c${i}`)
  const row = graph(Object.fromEntries(names.map((name, i) => [name, i === 0 ? [] : [`c${i - 1}`]])))
  deepEqual(row.order, names)
  const circle = graph(Object.fromEntries(names.map((name, i) => [name, [`c${(i + 1) % 1000}`]])))
  equal(circle.cycles[0]?.length, 1000)
  const text = cycleText(circle.cycles[0] ?? [], 'c0')
  ok(text.startsWith('c0 → c1 →') && text.endsWith('… 992 more … → c0'), text)
})

test('every name stands in the order exactly once, whatever the needs', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  fc.assert(
    fc.property(fc.dictionary(name, fc.uniqueArray(name, { maxLength: 4 })), needs => {
      const { order, cycles } = graph(needs)
      deepEqual(order.toSorted(), Object.keys(needs).toSorted())
      const isBefore = (one: string, other: string) => order.indexOf(one) < order.indexOf(other)
      for (const [own, all] of Object.entries(needs))
        for (const need of all)
          ok(
            !order.includes(need) || isBefore(need, own) || cycles.some(cycle => cycle.includes(own)),
            `${own} ${need}`,
          )
    }),
  )
})

test('a bare name means the own project first', () => {
  deepEqual(meanings({ project: 'shop', name: 'web' }, 'db'), ['shop/db', 'db'])
  deepEqual(meanings({ project: 'shop', name: 'web' }, 'other/db'), ['other/db'])
  deepEqual(meanings({ project: null, name: 'web' }, 'db'), ['db'])
})
