//! What inotify tells: limits that were written, and names of bind sources.

use std::mem::MaybeUninit;
use std::time::Instant;

use rustix::fs::inotify;

use super::Inner;
use crate::queue::Event;

const MAX_EVENTS_A_TURN: u32 = 1024;

impl Inner {
    pub(super) fn read_inotify(&self) {
        let mut buffer = [MaybeUninit::uninit(); 8192];
        let mut reader = inotify::Reader::new(&self.inotify, &mut buffer);
        // Who writes without end must not keep this thread from the other descriptors.
        for taken in 0u32.. {
            if taken >= MAX_EVENTS_A_TURN && reader.is_buffer_empty() {
                return;
            }
            let Ok(event) = reader.next() else { return };
            if event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW) {
                self.queue.push(Event::Overflow);
            } else {
                self.touched(event.wd(), event.file_name().map(|name| name.to_bytes()));
            }
        }
    }

    fn touched(&self, watch: i32, name: Option<&[u8]>) {
        let mut table = self.lock();
        if let Some(container_id) = table.container_of(watch) {
            match table.mounts.limits_written(&container_id, Instant::now()) {
                Some(event) => self.queue.push(event),
                // Who writes without end is not listened to until what is owed is told.
                None => self.drop_watches(table.rest_directories(&container_id)),
            }
        } else if let Some(events) = table.mounts.touched(watch, name, Instant::now()) {
            events.into_iter().for_each(|event| self.queue.push(event));
        }
    }
}
