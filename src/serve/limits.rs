//! What the service takes: sizes, times, and how many requests a second.

use std::time::{Duration, Instant};

/// The limits of a service. Each that is crossed has an answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body of a request, in bytes; 413 beyond. 64 KiB.
    pub body: usize,
    /// For the head of a request, that of the first after TLS included; the connection is closed after it. 10 seconds.
    pub head_time: Duration,
    /// For the body of a request; 408 after it. 10 seconds.
    pub body_time: Duration,
    /// Connections at a time; 503 beyond, and where there is TLS nothing. 4096.
    pub connections: usize,
    /// Requests a second of one credential, after as many at once as two seconds bring; 429 beyond. 50.
    pub per_device: u32,
    /// Requests a second in all, wrong credentials included, after as many at once as two seconds bring; 503 beyond. 20,000.
    pub total: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 << 10,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            connections: 4096,
            per_device: 50,
            total: 20_000,
        }
    }
}

/// Counts requests against a rate: a bucket that fills steadily, up to what two seconds bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// In millionths of a request.
    level: u64,
    filled: Instant,
}

const ONE: u64 = 1_000_000;

impl Bucket {
    /// A full one.
    pub(super) fn full(rate: u32, now: Instant) -> Self {
        Self { level: Self::most(rate), filled: now }
    }

    /// Takes one request out; if there is none, how long it takes until there is.
    pub(super) fn take(&mut self, rate: u32, now: Instant) -> Result<(), Duration> {
        let passed = u64::try_from(now.saturating_duration_since(self.filled).as_micros()).unwrap_or(u64::MAX);
        self.level = passed.saturating_mul(u64::from(rate)).saturating_add(self.level).min(Self::most(rate));
        self.filled = now;
        match self.level.checked_sub(ONE) {
            Some(level) => {
                self.level = level;
                Ok(())
            }
            None => Err(Duration::from_micros((ONE - self.level).div_ceil(u64::from(rate.max(1))))),
        }
    }

    fn most(rate: u32) -> u64 {
        u64::from(rate).saturating_mul(2 * ONE).max(ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a moment of that type cannot be had otherwise")]
    fn a_bucket_gives_what_two_seconds_bring_and_then_its_rate() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut bucket = Bucket::full(10, start);
        let taken = (0..30).filter(|_| bucket.take(10, at(0)).is_ok()).count();
        assert_eq!(taken, 20);
        assert_eq!(bucket.take(10, at(0)), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take(10, at(99)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(10, at(100)), Ok(()));
        assert_eq!(bucket.take(10, at(150)), Err(Duration::from_millis(50)));
        // However long it was quiet.
        let taken = (0..30).filter(|_| bucket.take(10, at(1_000_000)).is_ok()).count();
        assert_eq!(taken, 20);
        // A clock that steps back takes nothing away and gives nothing.
        assert!(bucket.take(10, at(0)).is_err());
    }
}
