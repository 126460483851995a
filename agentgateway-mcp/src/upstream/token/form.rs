use std::fmt::Write;

/// A form, as `application/x-www-form-urlencoded` writes it.
#[derive(Clone, Default)]
pub(super) struct Form(String);

impl Form {
    pub(super) fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(text, &mut out);
    out
}

/// WHATWG URL, "application/x-www-form-urlencoded percent-encode set".
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_field() {
        let mut form = Form::default();
        form.push("a b", "x=1&y=2");
        form.push("resource", "https://h/ü?q#f");
        assert_eq!(
            form.into_text(),
            "a+b=x%3D1%26y%3D2&resource=https%3A%2F%2Fh%2F%C3%BC%3Fq%23f"
        );
        assert_eq!(encoded("a:b*-._~\r\n"), "a%3Ab*-._%7E%0D%0A");
    }
}
