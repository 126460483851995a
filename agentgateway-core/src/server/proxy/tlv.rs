/// Whether these are values with their types and lengths, to the last byte (section 2.2.1).
pub(super) fn are_well_formed(mut bytes: &[u8]) -> bool {
    while let Some(([_, high, low], rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match rest.get(length..) {
            Some(behind) => bytes = behind,
            None => return false,
        }
    }
    bytes.is_empty()
}
