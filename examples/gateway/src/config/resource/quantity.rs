//! Numbers of bytes as Kubernetes writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::text;

/// A number of bytes, as `65536` or `64Ki`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a quantity is a number or a string"
)]
pub enum Quantity {
    /// A number.
    Number(#[schemars(range(min = 1, max = 4_294_967_295_i64))] i64),
    /// A number with a suffix.
    Text(#[schemars(with = "text::Quantity")] String),
}

impl Quantity {
    /// How many bytes that is, a part of one rounded up; `None` when it is negative, over
    /// 18 exabytes or no quantity.
    ///
    /// # Source
    /// Kubernetes API, Quantity.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Text(text) => parse(text),
        }
    }
}

/// Digits with at most one point, then a suffix of two, of ten, or an exponent.
fn parse(text: &str) -> Option<u64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.');
    let (number, suffix) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || digits.len() > 32 || part.contains('.') {
        return None;
    }
    let digits: u128 = digits.parse().ok()?;
    let (base, exponent) = scale(suffix)?;
    let down = u32::try_from(part.len()).ok()?;
    let (up, down) = match u32::try_from(exponent) {
        Ok(up) => (up, down),
        Err(_) => (0, down.checked_add(exponent.unsigned_abs())?),
    };
    let value = digits.checked_mul(base.checked_pow(up)?)?;
    let value = value.div_ceil(10_u128.checked_pow(down)?);
    value.try_into().ok()
}

/// The base of a suffix and its exponent.
fn scale(suffix: &str) -> Option<(u128, i32)> {
    let known = [
        ("", 10, 0),
        ("n", 10, -9),
        ("u", 10, -6),
        ("m", 10, -3),
        ("k", 10, 3),
        ("M", 10, 6),
        ("G", 10, 9),
        ("T", 10, 12),
        ("P", 10, 15),
        ("E", 10, 18),
        ("Ki", 2, 10),
        ("Mi", 2, 20),
        ("Gi", 2, 30),
        ("Ti", 2, 40),
        ("Pi", 2, 50),
        ("Ei", 2, 60),
    ];
    let found = known.iter().find(|(name, ..)| *name == suffix);
    if let Some((_, base, exponent)) = found {
        return Some((*base, *exponent));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    Some((10, exponent.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bytes_as_kubernetes_does() {
        let bytes = |text: &str| Quantity::Text(text.to_owned()).bytes();
        assert_eq!(bytes("65536"), Some(65_536));
        assert_eq!(bytes("64Ki"), Some(65_536));
        assert_eq!(bytes("1.5Mi"), Some(1_572_864));
        assert_eq!(bytes("2M"), Some(2_000_000));
        assert_eq!(bytes("1e3"), Some(1000));
        assert_eq!(bytes("1500m"), Some(2));
        assert_eq!(bytes(".5k"), Some(500));
        for text in [
            "",
            "-1",
            "Ki",
            "1.2.3",
            "1x",
            "99E",
            "1e99",
            "1e-99999999999",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
        assert_eq!(Quantity::Number(-1).bytes(), None);
    }
}
