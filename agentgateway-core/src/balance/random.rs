//! How random bits become a choice, and a key an even spread.

pub(super) use crate::random::{SplitMix, mix};

/// FNV-1a, mixed: the same in every process and on every machine, so that replicas agree.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }))
}

/// A number below `end` out of 32 random bits; 0 when `end` is 0.
pub(super) const fn below(bits: u32, end: usize) -> usize {
    ((bits as u64 * end as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_below_its_end() {
        assert_eq!(below(u32::MAX, 3), 2);
        assert_eq!(below(0, 3), 0);
        assert_eq!(below(u32::MAX, 0), 0);
    }
}
