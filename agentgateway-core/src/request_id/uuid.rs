use std::time::{SystemTime, UNIX_EPOCH};

use crate::{context::RequestId, random::SplitMix};

/// Makes UUIDs of version 7: 48 bits of time in milliseconds, 74 random ones.
///
/// They sort by the time at which they were made. They are no secret: who knows some may guess others.
///
/// # Source
/// RFC 9562, sections 4 (format) and 5.7 (version 7).
#[derive(Debug)]
pub struct UuidV7 {
    random: SplitMix,
}

impl UuidV7 {
    /// With a seed of the standard library's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            random: SplitMix::seeded(),
        }
    }

    /// The next one.
    pub fn make(&self) -> RequestId {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        let random = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
        RequestId::of_visible(text(uuid(millis, random)))
    }
}

impl Default for UuidV7 {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts 48 bits of time, version and variant into their places among random bits.
const fn uuid(millis: u128, random: u128) -> u128 {
    const TIME: u128 = 0xffff_ffff_ffff << 80;
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let random = random & !(TIME | VERSION | VARIANT);
    (millis << 80) & TIME | 0x7 << 76 | 0b10 << 62 | random
}

fn text(uuid: u128) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Formatting five numbers would cost more than all else that an id costs.
    let mut text = String::with_capacity(36);
    for (place, byte) in uuid.to_be_bytes().into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0xf] {
            text.push(
                DIGITS
                    .get(usize::from(digit))
                    .copied()
                    .unwrap_or(b'0')
                    .into(),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_example_of_the_specification() {
        // RFC 9562, appendix A.6.
        let random = 0xcc3 << 64 | 0x18c4_dc0c_0c07_398f;
        let made = text(uuid(0x017f_22e2_79b0, random));
        assert_eq!(made, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        let all = text(uuid(u128::MAX, u128::MAX));
        assert_eq!(all, "ffffffff-ffff-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn no_two_are_alike() {
        let uuid = UuidV7::new();
        let made: std::collections::HashSet<_> = (0..1000).map(|_| uuid.make()).collect();
        assert_eq!(made.len(), 1000);
    }
}
