use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    Exit, Format,
    admin::Admin,
    output,
    status::{ObjectName, missing, running},
};

/// How long the first answer may take, even when the whole wait is shorter.
const ONCE: Duration = Duration::from_secs(2);

/// How often the gateway is asked.
const PAUSE: Duration = Duration::from_millis(500);

/// The options of `wait`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Wait {
    /// The object, as in gateway/edge
    #[arg(value_name = "KIND/NAME")]
    pub object: ObjectName,
    /// Its namespace
    #[arg(short, long, value_name = "NAMESPACE", default_value = "default")]
    pub namespace: String,
    /// The condition that must become true
    #[arg(long = "for", value_name = "CONDITION", default_value = "Programmed")]
    pub condition: String,
    /// How long to wait, as in 30s, 5m or 1h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
    /// How to print the outcome
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
    /// The gateway that runs.
    #[command(flatten)]
    pub admin: Admin,
}

/// What `wait -o json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Waited {
    met: bool,
    object: String,
    condition: String,
    /// What stood in the way last.
    message: String,
    seconds: f64,
}

impl Wait {
    /// Waits until a condition is true.
    ///
    /// # Errors
    /// The answer cannot be read, or standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        let began = Instant::now();
        let end = began.checked_add(self.timeout).unwrap_or(began);
        let mut last = "nobody was asked".to_owned();
        let met = loop {
            // However short the wait is, it is asked once.
            let limit = end.max(began + ONCE);
            match timeout_at(limit, self.ask()).await {
                Ok(said) => match said? {
                    Ok(message) => {
                        last = message;
                        break true;
                    }
                    Err(why) => last = why,
                },
                Err(_) => break false,
            }
            let now = Instant::now();
            if now >= end {
                break false;
            }
            // It is asked a last time at the end.
            sleep_until(end.min(now + PAUSE)).await;
        };
        let waited = Waited {
            met,
            object: format!(
                "{} {}/{}",
                self.object.kind, self.namespace, self.object.name
            ),
            condition: self.condition.clone(),
            message: last,
            seconds: began.elapsed().as_secs_f64(),
        };
        match self.output {
            Format::Json => output::json(&waited)?,
            Format::Text if met => {
                output::write(&format!("{} is {}", waited.object, waited.condition))?
            }
            Format::Text => {
                output::complain(format_args!(
                    "{} is not {} after {:.1} s: {}",
                    waited.object, waited.condition, waited.seconds, waited.message
                ));
            }
        }
        Ok(if met { Exit::Fine } else { Exit::Unreached })
    }

    /// The message of the condition when it is true; else what stands in the way.
    async fn ask(&self) -> anyhow::Result<Result<String, String>> {
        let overview = match running(&self.admin).await? {
            Ok(overview) => overview,
            Err(silence) => return Ok(Err(silence.to_string())),
        };
        let found = overview.find(&self.object.kind, &self.namespace, &self.object.name);
        let Some(item) = found else {
            return Ok(Err(missing(&overview, &self.object, &self.namespace)));
        };
        Ok(match item.condition(&self.condition) {
            None => Err(format!("it has no condition {}", self.condition)),
            Some(found) if found.status == "True" => Ok(found.message.clone()),
            Some(found) => Err(format!(
                "{}={} {}: {}",
                found.kind, found.status, found.reason, found.message
            )),
        })
    }
}

/// `1h30m`, `5m`, `30s`, `250ms`, or seconds alone.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let form = || format!("{text:?} is no duration; expected one as in 30s, 5m or 1h30m");
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, behind) = behind.split_at(letters);
        let number: u32 = number.parse().map_err(|_| form())?;
        let unit = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(form()),
        };
        total = total.saturating_add(unit.saturating_mul(number));
        rest = behind;
    }
    if text.is_empty() {
        Err(form())
    } else {
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        for (text, milliseconds) in [
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("7", 7_000),
            ("0s", 0),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["", "m", "5", "5x", "-5s", "5 m", "é"]
            .iter()
            .filter(|text| **text != "5")
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
