/// A number as ECMAScript writes it; `None` for what is no number of JSON.
///
/// The shortest digits that read back as the same double, and of two such the closest, then the even one:
/// the standard library takes the odd one of a tie.
///
/// # Source
/// ECMA-262, `Number::toString`; RFC 8785, 3.2.2.3.
pub(super) fn ecmascript(value: f64) -> Option<String> {
    let finite = value.is_finite();
    finite.then(|| ryu_js::Buffer::new().format(value).to_owned())
}
