//! What the name of a model says.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::codec::Refused;

/// What stands in a path's segment as it is; a colon would begin the method.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What the names of whole resources begin with.
const COLLECTIONS: [&str; 4] = ["models", "tunedModels", "publishers", "projects"];

/// Whether it is a Gemini model of the third generation or later: it thinks by levels, takes media in results of
/// functions, and wants signatures on calls.
///
/// A name that tells no generation (`gemini-flash-latest`) is of a later one; one that is not Gemini's is not.
pub(super) fn is_third_generation(model: &str) -> bool {
    let Some((_, rest)) = model.rsplit_once("gemini-") else {
        return false;
    };
    let generation: u32 = rest
        .split(|letter: char| !letter.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u32::MAX);
    generation >= 3
}

/// The path of a model's method.
///
/// A name that is that of a resource (`models/x`, `tunedModels/x`, `publishers/google/models/x`) keeps its slashes;
/// in any other one they are a part of the name.
pub(super) fn path(model: &str, stream: bool) -> Result<String, Refused> {
    let method = if stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    };
    let is_resource = model
        .split_once('/')
        .is_some_and(|(collection, _)| COLLECTIONS.contains(&collection));
    let mut path = String::with_capacity(model.len() + 64);
    path.push_str("/v1beta");
    if is_resource {
        model
            .split('/')
            .try_for_each(|part| segment(&mut path, part))?;
    } else {
        path.push_str("/models");
        segment(&mut path, model)?;
    }
    path.push(':');
    path.push_str(method);
    Ok(path)
}

fn segment(path: &mut String, text: &str) -> Result<(), Refused> {
    if matches!(text, "" | "." | "..") {
        return Err(Refused::at("model", "is no model's name"));
    }
    path.push('/');
    path.extend(utf8_percent_encode(text, SEGMENT));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_and_resources_keep_their_slashes() {
        for (model, expected) in [
            ("gemini-2.5-pro", "models/gemini-2.5-pro"),
            ("models/gemini-2.5-pro", "models/gemini-2.5-pro"),
            ("tunedModels/my tune", "tunedModels/my%20tune"),
            (
                "publishers/google/models/gemini-3-pro",
                "publishers/google/models/gemini-3-pro",
            ),
            (
                "google/gemini:free?x#y",
                "models/google%2Fgemini%3Afree%3Fx%23y",
            ),
        ] {
            let expected = format!("/v1beta/{expected}:generateContent");
            assert_eq!(path(model, false).unwrap(), expected);
        }
        assert_eq!(
            path("g", true).unwrap(),
            "/v1beta/models/g:streamGenerateContent?alt=sse"
        );
        for model in ["", "..", "models/", "models/../x", "projects//x"] {
            path(model, false).unwrap_err();
        }
    }

    #[test]
    fn generations_are_read_from_names() {
        for model in [
            "gemini-3-pro-preview",
            "models/gemini-3.6-flash",
            "gemini-flash-latest",
        ] {
            assert!(is_third_generation(model), "{model}");
        }
        for model in [
            "gemini-2.5-pro",
            "gemini-1.5-flash",
            "gemma-3-27b",
            "tunedModels/x",
        ] {
            assert!(!is_third_generation(model), "{model}");
        }
    }
}
