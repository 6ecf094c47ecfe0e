//! How often one object may wake a pass: whoever mounts or writes limits in a loop must not keep us busy.

use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub struct Rule {
    capacity: u32,
    refill: Duration,
}

/// A pass that looks at mounts looks at all of them.
pub const MOUNTS: Rule = Rule { capacity: 20, refill: Duration::from_millis(400) };
/// What a pass for a bind source finds it mounts anew.
pub const PATHS: Rule = Rule { capacity: 10, refill: Duration::from_millis(1900) };
/// A pass that looks at one container's limits costs little: many may come at once, few without end.
pub const LIMITS: Rule = Rule { capacity: 100, refill: Duration::from_millis(200) };
/// So does one of a container's links; who looks at the host's looks at all containers'.
pub const LINKS: Rule = Rule { capacity: 50, refill: Duration::from_millis(200) };

pub struct Bucket {
    rule: Rule,
    tokens: u32,
    since: Instant,
    /// Something happened that nobody was told.
    owed: bool,
}

impl Bucket {
    pub fn full(rule: Rule, now: Instant) -> Self {
        Bucket { rule, tokens: rule.capacity, since: now, owed: false }
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
        self.owed.then(|| self.since + self.rule.refill)
    }

    fn refill(&mut self, now: Instant) {
        let Rule { capacity, refill } = self.rule;
        let gained = (now.saturating_duration_since(self.since).as_millis() / refill.as_millis()) as u32;
        self.tokens = self.tokens.saturating_add(gained).min(capacity);
        self.since = if self.tokens == capacity { now } else { self.since + refill * gained };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_a_few_times_a_second_and_its_last_drop_is_never_lost() {
        let begin = Instant::now();
        let mut bucket = Bucket::full(MOUNTS, begin);
        let told = (0..10_000).filter(|n| bucket.spend(begin + Duration::from_micros(100 * n))).count();
        assert_eq!(told, MOUNTS.capacity as usize + 2);
        let due = bucket.due().unwrap();
        assert!(due <= begin + Duration::from_millis(1400));
        assert!(bucket.spend(due));
        assert!(bucket.due().is_none());
    }

    #[test]
    fn what_rests_fills_up_and_no_further() {
        let begin = Instant::now();
        let mut bucket = Bucket::full(MOUNTS, begin);
        let later = begin + Duration::from_secs(3600);
        let told = (0..100).filter(|_| bucket.spend(later)).count();
        assert_eq!(told, MOUNTS.capacity as usize);
    }
}
