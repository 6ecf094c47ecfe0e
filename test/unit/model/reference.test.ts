import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalText, familiarName, familiarText, parseReference } from '../../../src/model/reference.ts'
import { refusal, value } from '../../support/registry-client.ts'

const hex = 'a'.repeat(64)
const digest = `sha256:${hex}`

const good: readonly (readonly [text: string, canonical: string, familiar: string])[] = [
  ['busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['docker.io/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['index.docker.io/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['docker.io/library/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['library/busybox', 'docker.io/library/busybox:latest', 'busybox:latest'],
  ['shop/web', 'docker.io/shop/web:latest', 'shop/web:latest'],
  ['library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
  ['localhost/web', 'localhost/web:latest', 'localhost/web:latest'],
  ['localhost:5000/web', 'localhost:5000/web:latest', 'localhost:5000/web:latest'],
  ['host.example/a/b/c:x', 'host.example/a/b/c:x', 'host.example/a/b/c:x'],
  ['HOST/web', 'HOST/web:latest', 'HOST/web:latest'],
  ['[::1]:5000/web', '[::1]:5000/web:latest', '[::1]:5000/web:latest'],
  [`busybox@${digest}`, `docker.io/library/busybox@${digest}`, `busybox@${digest}`],
  [`busybox:1@${digest}`, `docker.io/library/busybox:1@${digest}`, `busybox:1@${digest}`],
  ['a/b__c/d.e/f-g---h', 'docker.io/a/b__c/d.e/f-g---h:latest', 'a/b__c/d.e/f-g---h:latest'],
  ['x:_A.b-c', 'docker.io/library/x:_A.b-c', 'x:_A.b-c'],
  ['a'.repeat(63), `docker.io/library/${'a'.repeat(63)}:latest`, `${'a'.repeat(63)}:latest`],
]

const bad: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /invalid reference format$/],
  [hex, /^invalid repository name \(a{64}\), cannot specify 64-byte hexadecimal strings$/],
  ['Busybox', /invalid reference format: repository name must be lowercase$/],
  ['shop/Web:1', /repository name must be lowercase$/],
  ['a b', /invalid reference format$/],
  ['-web', /invalid reference format$/],
  ['a//b', /invalid reference format$/],
  ['a/b/', /invalid reference format$/],
  ['a___b', /invalid reference format$/],
  ['a..b', /invalid reference format$/],
  ['web:', /invalid reference format$/],
  ['web:-x', /invalid reference format$/],
  [`web:${'t'.repeat(129)}`, /invalid reference format$/],
  ['web@sha256:abc', /invalid reference format$/],
  [`web@sha256:${'a'.repeat(63)}`, /invalid checksum digest length$/],
  [`web@md5:${'a'.repeat(32)}`, /unsupported digest algorithm$/],
  [`web@constructor:${'a'.repeat(32)}`, /unsupported digest algorithm$/],
  [`web@sha256:${'A'.repeat(64)}`, /invalid checksum digest format$/],
  [`web@${digest}:1`, /invalid reference format$/],
  ['https://host.example/web', /invalid reference format$/],
  ['../web', /invalid reference format$/],
  ['web\n', /invalid reference format$/],
  [`${'a'.repeat(250)}/b`, /repository name must not be more than 255 characters$/],
  ['-'.repeat(100_000), /invalid reference format: too long$/],
]

test('a reference is read as docker reads it', () => {
  for (const [text, canonical, familiar] of good) {
    const found = value(parseReference(text))
    assert.equal(canonicalText(found), canonical)
    assert.equal(familiarText(found), familiar)
    assert.deepEqual(value(parseReference(canonical)), found)
    assert.deepEqual(value(parseReference(familiar)), found)
    assert.ok(familiar.startsWith(familiarName(found)))
  }
})

test('what is no reference is refused in the words of docker', () => {
  for (const [text, message] of bad) assert.match(refusal(parseReference(text)).message, message, text.slice(0, 50))
})
