//! Apache's MD5 of passwords: a thousand rounds of MD5 with a salt.
//!
//! # Source
//! Apache Portable Runtime, `apr_md5_encode`; the same as FreeBSD's MD5 crypt with another mark.

use md5::{Digest, Md5};

pub(super) const MARK: &str = "$apr1$";
/// More of a salt is not looked at.
pub(super) const MAX_SALT: usize = 8;
const ROUNDS: usize = 1000;

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The 22 letters that stand behind the salt.
pub(super) fn hash(password: &[u8], salt: &[u8]) -> String {
    let mut state = mixed(password, salt);
    for round in 0..ROUNDS {
        let is_odd = round % 2 == 1;
        let mut md5 = Md5::new();
        md5.update(if is_odd { password } else { &state });
        if round % 3 != 0 {
            md5.update(salt);
        }
        if round % 7 != 0 {
            md5.update(password);
        }
        md5.update(if is_odd { &state } else { password });
        state = md5.finalize().into();
    }
    letters(state)
}

fn mixed(password: &[u8], salt: &[u8]) -> [u8; 16] {
    let inner: [u8; 16] = Md5::new()
        .chain_update(password)
        .chain_update(salt)
        .chain_update(password)
        .finalize()
        .into();
    let mut md5 = Md5::new()
        .chain_update(password)
        .chain_update(MARK)
        .chain_update(salt);
    // As many bytes of it as the password has.
    for piece in password.chunks(inner.len()) {
        md5.update(inner.get(..piece.len()).unwrap_or(&inner));
    }
    // For each bit of the length a zero or the first letter: a slip of the first author, kept by all.
    let first = password.get(..1).unwrap_or_default();
    let mut length = password.len();
    while length != 0 {
        md5.update(if length % 2 == 1 { &[0] } else { first });
        length /= 2;
    }
    md5.finalize().into()
}

/// Six bits a letter, the lowest first, of three bytes at a time in this order.
fn letters(state: [u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = state;
    let mut text = String::with_capacity(22);
    for (high, middle, low) in [(a, g, m), (b, h, n), (c, i, o), (d, j, p), (e, k, f)] {
        push(&mut text, u32::from_be_bytes([0, high, middle, low]), 4);
    }
    push(&mut text, u32::from(l), 2);
    text
}

fn push(text: &mut String, mut bits: u32, letters: usize) {
    for _ in 0..letters {
        let letter = LETTERS.get((bits & 0x3f) as usize);
        text.extend(letter.copied().map(char::from));
        bits >>= 6;
    }
}
