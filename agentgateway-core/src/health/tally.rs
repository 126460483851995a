/// How many checks in a row it takes to believe them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds {
    pub(super) failures: u32,
    pub(super) passes: u32,
}

/// What the checks of one endpoint have found.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Checks in a row that speak against what is believed.
    against: u32,
    out: bool,
}

impl Tally {
    /// Whether the endpoint is to be out, after one more check.
    pub(super) fn record(&mut self, passed: bool, thresholds: Thresholds) -> bool {
        if passed != self.out {
            self.against = 0;
            return self.out;
        }
        self.against = self.against.saturating_add(1);
        let needed = match self.out {
            true => thresholds.passes,
            false => thresholds.failures,
        };
        if self.against >= needed {
            self.out = !self.out;
            self.against = 0;
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believes_what_comes_often_enough_in_a_row() {
        let thresholds = Thresholds {
            failures: 3,
            passes: 2,
        };
        let mut tally = Tally::default();
        // A dot passes.
        let found: String = "..xx.xxx.xx..xxx.x.."
            .chars()
            .map(|check| match tally.record(check == '.', thresholds) {
                true => 'o',
                false => '-',
            })
            .collect();
        assert_eq!(found, "-------ooooo---oooo-");
    }
}
