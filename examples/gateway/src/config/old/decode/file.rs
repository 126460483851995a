//! Splits files into documents.

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::document::decode_document;
use crate::config::old::model::{Object, Origin};
use crate::config::old::{File, Problem, Report};

/// Decodes all manifests of some files. A problem in one hides no problem in another.
#[must_use]
pub fn decode(files: &[File]) -> (Vec<Object>, Report) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        if is_kustomization(file.name()) {
            problems.push(
                Problem::of_file(file.name(), "a kustomization is not supported yet")
                    .hint("render it first, and give the rendered manifests"),
            );
            continue;
        }
        for (index, document) in documents(file).into_iter().enumerate() {
            let place = Origin {
                file: file.name().to_owned(),
                document: index + 1,
                ..Origin::default()
            };
            match document {
                Ok(Value::Null) => {}
                Ok(value) => objects.extend(decode_document(&value, place, &mut problems)),
                Err(message) => problems.push(place.problem("", message)),
            }
        }
    }
    (objects, Report::new(problems))
}

/// Whether the file is one of the three names that kustomize reads; such a file needs no `kind`.
fn is_kustomization(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    matches!(
        base,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    )
}

/// The documents of a file, up to the first one that is no YAML or JSON.
fn documents(file: &File) -> Vec<Result<Value, String>> {
    if file.name().ends_with(".json") {
        let values = serde_json::Deserializer::from_str(file.text()).into_iter::<Value>();
        return values
            .map(|value| value.map_err(|error| told("JSON", &error.to_string())))
            .collect();
    }
    let mut documents = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(file.text()) {
        let value = Value::deserialize(document).map_err(|error| error.to_string());
        // The parser cannot go on after a fault of syntax; after a key given twice it can.
        let last = value
            .as_ref()
            .is_err_and(|error| !error.contains("duplicate entry"));
        documents.push(value.map_err(|error| told("YAML", &error)));
        if last {
            break;
        }
    }
    documents
}

/// The parser's own words, save where they quote a value, which may be secret.
fn told(language: &str, error: &str) -> String {
    let quotes_value = error.contains("invalid value") || error.contains("invalid type");
    if quotes_value {
        format!("is not valid {language}: a value does not fit its tag")
    } else {
        format!("is not valid {language}: {error}")
    }
}
