/** Signals in manifests: by name, with and without SIG, by number, and by their place among the real-time ones. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { parseSignal } from '../../../src/manifest/privileges.ts'

const signal = (text: string) => {
  const parsed = parseSignal(text)
  ok(parsed.ok, parsed.ok ? '' : parsed.error)
  return parsed.value
}
const refusal = (text: string) => {
  const parsed = parseSignal(text)
  ok(!parsed.ok, text)
  return parsed.error
}

test('a signal has one name, however it is written', () => {
  for (const text of ['SIGTERM', 'TERM', 'term', 'sigterm', '15']) equal(signal(text), 'SIGTERM', text)
  for (const text of ['RTMIN+3', 'SIGRTMIN+3', 'rtmin+3']) equal(signal(text), 'SIGRTMIN+3', text)
})

test('a signal that there is not is refused, with the one that may be meant', () => {
  equal(refusal('SIGTREM'), 'unknown signal "SIGTREM"; did you mean "SIGTERM"?')
  for (const text of ['0', '65', '-9', '9.5', '', 'RTMIN+99', 'SIG', 'nonsense']) refusal(text)
})
