//! AWS Signature Version 4: a request is signed with a key that never goes over the line.
//!
//! # Source
//! AWS Identity and Access Management User Guide, "Create a signed AWS API request".

use std::{
    fmt::{self, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue, header, request};
use ring::{digest, hmac};

use super::InvalidCredential;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The key of an AWS account, with what it signs for.
///
/// `Debug` tells the key's id alone.
#[derive(Clone)]
pub struct AwsKey {
    id: Box<str>,
    secret: Box<str>,
    token: Option<HeaderValue>,
    region: Box<str>,
    service: Box<str>,
    now: fn() -> SystemTime,
}

// === impl AwsKey ===

impl AwsKey {
    /// A key for Bedrock in this region, such as `us-east-1`: the id and the secret of an access key, which does not
    /// change while the value lives.
    #[must_use]
    pub fn new(id: &str, secret: &str, region: &str) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            token: None,
            region: region.into(),
            service: "bedrock".into(),
            now: SystemTime::now,
        }
    }

    /// The token of a session, of which the key is a part.
    ///
    /// # Errors
    /// The token holds bytes that no header can.
    pub fn session_token(mut self, token: &str) -> Result<Self, InvalidCredential> {
        let mut token = HeaderValue::from_str(token).map_err(|_| InvalidCredential)?;
        token.set_sensitive(true);
        self.token = Some(token);
        Ok(self)
    }

    /// The service that is signed for. Default: `bedrock`.
    #[must_use]
    pub fn service(mut self, service: &str) -> Self {
        self.service = service.into();
        self
    }

    /// What time it is. Default: the system's clock.
    #[must_use]
    pub const fn clock(mut self, now: fn() -> SystemTime) -> Self {
        self.now = now;
        self
    }

    /// Signs a request: its method, target, host and body, and the headers that say what it is.
    pub(super) fn sign(
        &self,
        head: &mut request::Parts,
        body: &[u8],
    ) -> Result<(), InvalidCredential> {
        let date = Date::of((self.now)());
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| InvalidCredential);
        head.headers.insert(X_AMZ_DATE, value(&date.time)?);
        match &self.token {
            Some(token) => head.headers.insert(X_AMZ_SECURITY_TOKEN, token.clone()),
            None => head.headers.remove(X_AMZ_SECURITY_TOKEN),
        };
        let host = head.uri.authority().map_or("", |host| host.as_str());
        let (names, headers) = canonical_headers(&head.headers, host);
        let request = canonical_request(head, (&names, &headers), body);
        let scope = format!("{}/{}/{}/aws4_request", date.day, self.region, self.service);
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{scope}\n{}",
            date.time,
            sha256(request.as_bytes())
        );
        let signature = hex(mac(self.key(&date.day).as_ref(), to_sign.as_bytes()).as_ref());
        let id = &self.id;
        let mut said = value(&format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        ))?;
        said.set_sensitive(true);
        head.headers.insert(header::AUTHORIZATION, said);
        Ok(())
    }

    /// The key of a day, a region and a service.
    fn key(&self, day: &str) -> hmac::Tag {
        let secret = format!("AWS4{}", self.secret);
        let parts = [day, &self.region, &self.service, "aws4_request"];
        let first = mac(secret.as_bytes(), day.as_bytes());
        parts
            .iter()
            .skip(1)
            .fold(first, |key, part| mac(key.as_ref(), part.as_bytes()))
    }
}

impl fmt::Debug for AwsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsKey")
            .field("id", &self.id)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// A moment as it is written: `20150830` and `20150830T123600Z`.
struct Date {
    day: String,
    time: String,
}

impl Date {
    fn of(now: SystemTime) -> Self {
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let day = format!("{year:04}{month:02}{day:02}");
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self {
            time: format!("{day}T{hour:02}{minute:02}{second:02}Z"),
            day,
        }
    }
}

/// The date of a day since 1970, in the Gregorian calendar: years are counted from March, so that the leap day is
/// the last.
const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

fn canonical_request(head: &request::Parts, (names, headers): (&str, &str), body: &[u8]) -> String {
    let path = encoded(head.uri.path(), b"/");
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        path
    };
    let mut parameters: Vec<(&str, &str)> = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .collect();
    parameters.sort_unstable();
    let query: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let (method, query, hash) = (&head.method, query.join("&"), sha256(body));
    format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{hash}")
}

/// The names and the lines of the headers that are signed, in order.
fn canonical_headers(headers: &HeaderMap, host: &str) -> (String, String) {
    const SIGNED: [&str; 3] = ["content-type", "x-amz-date", "x-amz-security-token"];
    let mut lines: Vec<(&str, &str)> = SIGNED
        .iter()
        .filter_map(|name| Some((*name, headers.get(*name)?.to_str().ok()?.trim())))
        .collect();
    lines.push(("host", host));
    lines.sort_unstable();
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    let mut text = String::new();
    for (name, value) in &lines {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{name}:{value}");
    }
    (names.join(";"), text)
}

/// The path as it is signed: encoded once more, as every service but S3 wants it.
fn encoded(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::*;

    /// 2015-08-30, 12:36:00 UTC, the moment of AWS's own examples.
    fn then() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_440_938_160)
    }

    fn key() -> AwsKey {
        AwsKey::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "us-east-1",
        )
        .service("iam")
        .clock(then)
    }

    #[test]
    fn signs_the_published_example() {
        let uri = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let request = Request::get(uri)
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(())
            .unwrap();
        let (mut head, ()) = request.into_parts();
        key().sign(&mut head, b"").unwrap();
        assert_eq!(head.headers["x-amz-date"], "20150830T123600Z");
        assert_eq!(
            head.headers["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn says_no_secret() {
        let said = format!("{:?}", key().session_token("hush").unwrap());
        assert!(said.contains("AKIDEXAMPLE"), "{said}");
        assert!(
            !said.contains("EXAMPLEKEY") && !said.contains("hush"),
            "{said}"
        );
    }

    #[test]
    fn paths_are_encoded_once_more() {
        assert_eq!(
            encoded("/model/a.b-v1%3A0/converse", b"/"),
            "/model/a.b-v1%253A0/converse"
        );
    }

    #[test]
    fn knows_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_787), (2026, 11, 30));
    }
}
