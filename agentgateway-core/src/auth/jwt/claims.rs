use std::{fmt, time::SystemTime};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The claims of a token, each named once (RFC 7519, 4).
pub(super) struct Claims(pub(super) Map<String, Value>);

impl Claims {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// Seconds since 1970, with or without a fraction (`NumericDate`). `Err` for what is none.
    pub(super) fn date(&self, name: &str) -> Result<Option<f64>, NoDate> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(NoDate),
        }
    }

    /// Whom the token is meant for: one, or several. `Err` for what is neither.
    pub(super) fn audiences(&self) -> Result<Vec<&str>, NoAudience> {
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(several)) => {
                let texts = several.iter().map(|one| one.as_str().ok_or(NoAudience));
                texts.collect()
            }
            Some(_) => Err(NoAudience),
        }
    }
}

pub(super) struct NoDate;
pub(super) struct NoAudience;

pub(super) fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

/// A name that occurs twice makes it none: another reader could see the other value.
impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim occurs twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }

        deserializer.deserialize_map(Members)
    }
}
