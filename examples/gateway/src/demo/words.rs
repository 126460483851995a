/// Cuts a text into its words, each with the white space behind it: joined they are the text.
pub(super) fn chunks(text: &str) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        match chunks.last_mut() {
            Some(last) if piece.trim().is_empty() => last.push_str(piece),
            _ => chunks.push(piece.to_owned()),
        }
    }
    chunks
}
