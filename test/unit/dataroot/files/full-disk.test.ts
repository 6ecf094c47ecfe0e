import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { roomText } from '../../../../src/dataroot/files/full-disk.ts'

test('a write that finds no room names its file system and what to do, also for a path that is not there yet', () => {
  match(roomText('ENOSPC', '/no/such/file'), /^; the file system at \/ is full: make room there$/)
  match(roomText('EDQUOT', '/no/such/file'), /^; the quota on the file system at \/ is used up$/)
})

test('other errors are about something else, and so is the number from a file system of the kernel', () => {
  equal(roomText('EACCES', '/'), '')
  equal(roomText('ENOSPC', '/proc/self/status'), '')
})
