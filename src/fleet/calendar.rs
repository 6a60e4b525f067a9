//! Which devices have something to do in which window: a ring of buckets, each the list of a window's devices.

/// Windows that the ring holds; what lies further ahead waits until the ring has turned.
const RING: u64 = 4_096;

/// The devices by the window of their next event.
#[derive(Debug)]
pub(super) struct Calendar {
    ring: Vec<Vec<u32>>,
    /// Further ahead than the ring reaches, in no order.
    far: Vec<(u64, u32)>,
    /// The window that is taken next.
    now: u64,
}

impl Calendar {
    /// Without devices; this window is the first that is taken.
    pub(super) fn new(first: u64) -> Self {
        Self { ring: (0..RING).map(|_| Vec::new()).collect(), far: Vec::new(), now: first }
    }

    /// The device has something to do in this window, which has not been taken yet.
    #[inline]
    pub(super) fn add(&mut self, window: u64, device: u32) {
        debug_assert!(window >= self.now, "a window that is over");
        if window - self.now < RING {
            self.ring[slot(window)].push(device);
        } else {
            self.far.push((window, device));
        }
    }

    /// The devices of the next window. Its list goes with them: kept, each list would grow to the largest there ever was.
    pub(super) fn take(&mut self) -> Vec<u32> {
        if self.now.is_multiple_of(RING) {
            self.draw_near();
        }
        let devices = std::mem::take(&mut self.ring[slot(self.now)]);
        self.now += 1;
        devices
    }

    /// Puts what the ring reaches by now into it.
    fn draw_near(&mut self) {
        let (now, ring) = (self.now, &mut self.ring);
        self.far.retain(|(window, device)| {
            let is_far = window - now >= RING;
            if !is_far {
                ring[slot(*window)].push(*device);
            }
            is_far
        });
    }
}

fn slot(window: u64) -> usize {
    usize::try_from(window % RING).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Every device comes up in its window and in no other, however far ahead that is.
        #[test]
        fn devices_come_up_in_their_window(steps in proptest::collection::vec(0..3 * RING, 1..60), first in 0..2 * RING) {
            let mut calendar = Calendar::new(first);
            let mut wanted: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
            for (device, window) in (0_u32..).zip(&steps) {
                calendar.add(first + *window, device);
                wanted.entry(first + *window).or_default().push(device);
            }
            let last = first + steps.iter().max().copied().unwrap_or(0);
            for window in first..=last {
                let mut taken = calendar.take();
                taken.sort_unstable();
                prop_assert_eq!(&taken, &wanted.remove(&window).unwrap_or_default(), "window {}", window);
                // One that has been taken is put off, as a device is that goes on.
                if let Some(device) = taken.first().copied() {
                    let again = window + 1 + u64::from(device) * 131 % (2 * RING);
                    if again <= last {
                        calendar.add(again, device);
                        wanted.entry(again).or_default().push(device);
                        wanted.entry(again).or_default().sort_unstable();
                    }
                }
            }
            prop_assert!(wanted.is_empty());
        }
    }
}
