//! How often one object may wake a pass: whoever mounts in a loop must not keep us busy.

use std::time::{Duration, Instant};

const CAPACITY: u32 = 20;
const REFILL: Duration = Duration::from_millis(400);

pub struct Bucket {
    tokens: u32,
    since: Instant,
    /// Something happened that nobody was told.
    owed: bool,
}

impl Bucket {
    pub fn full(now: Instant) -> Self {
        Bucket { tokens: CAPACITY, since: now, owed: false }
    }

    /// True: tell it now. False: later, when `due`.
    pub fn spend(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.owed = self.tokens == 0;
        self.tokens = self.tokens.saturating_sub(1);
        !self.owed
    }

    /// When what is owed may be told; None: nothing is.
    pub fn due(&self) -> Option<Instant> {
        self.owed.then(|| self.since + REFILL)
    }

    fn refill(&mut self, now: Instant) {
        let gained = (now.saturating_duration_since(self.since).as_millis() / REFILL.as_millis()) as u32;
        self.tokens = self.tokens.saturating_add(gained).min(CAPACITY);
        self.since = if self.tokens == CAPACITY { now } else { self.since + REFILL * gained };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_a_few_times_a_second_and_its_last_drop_is_never_lost() {
        let begin = Instant::now();
        let mut bucket = Bucket::full(begin);
        let told = (0..10_000).filter(|n| bucket.spend(begin + Duration::from_micros(100 * n))).count();
        assert_eq!(told, CAPACITY as usize + 2);
        let due = bucket.due().unwrap();
        assert!(due <= begin + Duration::from_millis(1400));
        assert!(bucket.spend(due));
        assert!(bucket.due().is_none());
    }

    #[test]
    fn what_rests_fills_up_and_no_further() {
        let begin = Instant::now();
        let mut bucket = Bucket::full(begin);
        let later = begin + Duration::from_secs(3600);
        let told = (0..100).filter(|_| bucket.spend(later)).count();
        assert_eq!(told, CAPACITY as usize);
    }
}
