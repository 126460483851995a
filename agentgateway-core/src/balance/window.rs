/// In how many steps a window moves.
pub(super) const SLOTS: u64 = 10;

/// How many succeeded and how many did not, of late.
#[derive(Debug, Default)]
pub(super) struct Window {
    slots: [Slot; SLOTS as usize],
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    turn: u64,
    good: u32,
    bad: u32,
}

impl Window {
    /// Counts one outcome in a turn: the time in tenths of the window, from 0.
    pub(super) fn record(&mut self, turn: u64, good: bool) {
        let Some(slot) = self.slots.get_mut((turn % SLOTS) as usize) else {
            return;
        };
        if slot.turn != turn {
            *slot = Slot {
                turn,
                ..Slot::default()
            };
        }
        let count = if good { &mut slot.good } else { &mut slot.bad };
        *count = count.saturating_add(1);
    }

    /// All outcomes, and the successes among them.
    pub(super) fn totals(&self, turn: u64) -> (u64, u64) {
        self.slots
            .iter()
            .filter(|slot| slot.turn <= turn && turn - slot.turn < SLOTS)
            .fold((0, 0), |(all, good), slot| {
                let own = u64::from(slot.good);
                (all + own + u64::from(slot.bad), good + own)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_is_older_than_the_window() {
        let mut window = Window::default();
        window.record(0, true);
        window.record(3, false);
        window.record(9, true);
        assert_eq!(window.totals(9), (3, 2));
        assert_eq!(window.totals(10), (2, 1));
        window.record(10, false);
        assert_eq!(window.totals(10), (3, 1));
        assert_eq!(window.totals(19), (1, 0));
        assert_eq!(window.totals(1_000), (0, 0));
    }
}
