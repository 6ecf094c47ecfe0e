import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseDriver, type OverlayProbe } from '../../../../src/dataroot/layout/storage-driver.ts'

const works: OverlayProbe = { overlay: true, overlayTried: true, overlayWhy: '' }
const refused: OverlayProbe = { overlay: false, overlayTried: true, overlayWhy: 'it lies on an overlay' }
const disturbed: OverlayProbe = { overlay: false, overlayTried: false, overlayWhy: 'no space' }

test('where there are no layers yet, the file system decides', () => {
  assert.equal(chooseDriver([], null, works), 'overlay2')
  assert.equal(chooseDriver([], null, refused), 'vfs')
})

test('layers that are there decide first, or they would seem to be gone', () => {
  assert.equal(chooseDriver(['vfs'], null, works), 'vfs')
  assert.equal(chooseDriver(['overlay2'], 'vfs', refused), 'overlay2')
})

test('an empty data-root that came to another file system is chosen for anew', () => {
  assert.equal(chooseDriver([], 'overlay2', refused), 'vfs')
  assert.equal(chooseDriver([], 'vfs', works), 'overlay2')
})

test('a try that says nothing of overlays, on a full disk for one, changes no choice', () => {
  assert.equal(chooseDriver([], 'vfs', disturbed), 'vfs')
  assert.equal(chooseDriver([], null, disturbed), 'overlay2')
})

test('layers of two drivers leave nothing to choose', () => {
  assert.equal(chooseDriver(['overlay2', 'vfs'], 'overlay2', works), null)
})
