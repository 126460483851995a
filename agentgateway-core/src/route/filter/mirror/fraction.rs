use crate::route::weighted::scaled;

/// A share of all requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a fraction")]
pub struct Fraction {
    /// So many
    pub numerator: u32,
    /// of so many; never 0.
    pub denominator: u32,
}

impl Fraction {
    /// Every request.
    pub const ALL: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// Whether a request with these random bits belongs to the share.
    #[must_use]
    pub fn takes(self, random: u64) -> bool {
        scaled(random, self.denominator.into()) < self.numerator.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_its_share_and_no_more() {
        let taken = |numerator, denominator| {
            let fraction = Fraction {
                numerator,
                denominator,
            };
            let bits = (0..1000).map(|part| part * (u64::MAX / 1000));
            bits.filter(|bits| fraction.takes(*bits)).count()
        };
        assert_eq!(
            (taken(0, 100), taken(100, 100), taken(7, 3)),
            (0, 1000, 1000)
        );
        assert!(taken(1, 4).abs_diff(250) <= 1);
        assert!(Fraction::ALL.takes(u64::MAX));
    }
}
