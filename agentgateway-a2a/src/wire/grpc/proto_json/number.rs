use std::fmt::Write as _;

use super::Losses;
use crate::wire::grpc::GrpcError;

/// Where decimals turn to exponents, as ECMAScript writes numbers.
const EXPONENT_FROM: f64 = 1e21;
/// Below this too.
const EXPONENT_BELOW: f64 = 1e-6;

/// A whole number of 32 bits: `7`, and also `7.0` and `7e0`.
pub(super) fn int32(text: &str) -> Result<i32, GrpcError> {
    const EXPECTED: &str = "a whole number of 32 bits";
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    // `parse` of floats also takes words, such as `inf`.
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err(GrpcError::value(EXPECTED));
    }
    let number: f64 = text.parse().map_err(|_| GrpcError::value(EXPECTED))?;
    let whole =
        number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    if !whole {
        return Err(GrpcError::value(EXPECTED));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and in range")]
    Ok(number as i32)
}

/// A double; what it cannot hold as it was written is told.
pub(super) fn double(text: &str, losses: &mut Losses) -> Result<f64, GrpcError> {
    let number: f64 = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| GrpcError::value("a number that a double can hold"))?;
    if decimal(text) != decimal(&spelled(number)) {
        losses.add(Losses::PRECISION);
    }
    Ok(number)
}

/// The shortest spelling that is read as the same double: `42` and not `42.0`.
///
/// # Source
/// ECMAScript, Number::toString, with `1e21` for `1e+21`.
pub(super) fn spelled(number: f64) -> String {
    let mut text = String::new();
    let size = number.abs();
    // Writing to a string does not fail.
    let _ = if size != 0.0 && !(EXPONENT_BELOW..EXPONENT_FROM).contains(&size) {
        write!(text, "{number:e}")
    } else {
        write!(text, "{number}")
    };
    text
}

/// The value of a number's text: whether it is negative, its digits without zeros around them, and
/// the power of ten of the last one. `None` where the power is beyond counting.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (text, 0_i64),
    };
    let negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((negative, String::new(), 0));
    }
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let power = exponent.checked_add(dropped)?.checked_sub(fraction)?;
    Some((negative, significant.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_fraction() {
        for (number, text) in [
            (42.0, "42"),
            (-0.0, "-0"),
            (0.0, "0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e20, "100000000000000000000"),
            (1e21, "1e21"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (f64::MAX, "1.7976931348623157e308"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(spelled(number), text);
        }
    }

    #[test]
    fn tells_what_a_double_cannot_hold() {
        let lost = |text| {
            let mut losses = Losses::default();
            double(text, &mut losses).unwrap();
            !losses.into_names().is_empty()
        };
        for text in [
            "0",
            "-0",
            "42",
            "42.0",
            "4.2e1",
            "0.1",
            "1E+3",
            "9007199254740992",
            "1e300",
            "0e999",
            "0.30000000000000004",
            "100000000000000000000000",
            "5e-324",
        ] {
            assert!(!lost(text), "{text}");
        }
        for text in [
            "9007199254740993",
            "-9007199254740993",
            "0.1000000000000000055511151231257827",
            "1e-400",
            "12345678901234567890",
            "1e-99999999999999999999",
        ] {
            assert!(lost(text), "{text}");
        }
        for text in ["1e400", "-1e400"] {
            assert!(double(text, &mut Losses::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_whole_numbers_of_32_bits() {
        for (text, number) in [
            ("7", 7),
            ("-2147483648", i32::MIN),
            ("7.0", 7),
            ("7e1", 70),
            ("-0", 0),
        ] {
            assert_eq!(int32(text).unwrap(), number, "{text}");
        }
        for text in [
            "7.5",
            "2147483648",
            "1e400",
            "",
            "inf",
            "nan",
            "-inf",
            "-",
            "0x7",
            " 7",
            "7 ",
            "true",
            "null",
        ] {
            assert!(int32(text).is_err(), "{text}");
        }
    }
}
