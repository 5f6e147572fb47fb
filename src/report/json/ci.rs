//! `hadal.ci/1`: what each rule came to.

use serde::Serialize;
use serde_json::Value;

use super::{Raw, lossy};
use crate::analysis::ci::{Amount, Checked, Part, Verdict};
use crate::analysis::secrets::{self, Place};
use crate::image::{Digest, Image, Step};

/// The document.
#[derive(Debug, Serialize)]
pub struct Ci<'a> {
    schema: &'static str,
    image: About<'a>,
    passed: bool,
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Serialize)]
struct About<'a> {
    reference: &'a str,
    id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Rule<'a> {
    name: &'static str,
    limit: Value,
    actual: Value,
    status: &'static str,
    detail: &'a str,
    parts: Vec<Weight>,
}

#[derive(Debug, Serialize)]
struct Weight {
    #[serde(serialize_with = "perhaps_lossy")]
    path: Option<Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    bytes: u64,
    contents: u64,
    layer: Option<usize>,
    created_by: Option<String>,
    hidden_by: Option<usize>,
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Secret>,
}

/// What is there, where it is a secret.
#[derive(Debug, Serialize)]
struct Secret {
    rule: String,
    title: String,
    r#where: Option<&'static str>,
    detail: Option<String>,
    line: Option<u64>,
    preview: String,
}

// By reference, as the derive wants it.
#[allow(clippy::ref_option)]
fn perhaps_lossy<S: serde::Serializer>(raw: &Option<Raw>, serializer: S) -> Result<S::Ok, S::Error> {
    match raw {
        Some(raw) => lossy(raw, serializer),
        None => serializer.serialize_none(),
    }
}

impl<'a> Ci<'a> {
    pub fn new(image: &'a Image, verdict: &'a Verdict) -> Ci<'a> {
        let head = &image.head;
        Ci {
            schema: "hadal.ci/1",
            image: About { reference: &head.reference, id: head.id.as_ref().map(Digest::as_str) },
            passed: verdict.passed,
            rules: verdict.rules.iter().map(|checked| rule(image, checked)).collect(),
        }
    }
}

fn rule<'a>(image: &Image, checked: &'a Checked) -> Rule<'a> {
    Rule {
        name: checked.name,
        limit: value(&checked.limit),
        actual: value(&checked.actual),
        status: checked.status.name(),
        detail: &checked.detail,
        parts: checked.parts.iter().map(|part| weight(image, part)).collect(),
    }
}

/// A number; null for what is none, finite or at all.
fn value(amount: &Amount) -> Value {
    match amount {
        Amount::None => Value::Null,
        Amount::Bytes(number) | Amount::Count(number) => Value::from(*number),
        Amount::Growth(number) => Value::from(*number),
        Amount::Share(share) => Value::from(*share),
        Amount::Text(text) => Value::from(text.as_str()),
    }
}

fn weight(image: &Image, part: &Part) -> Weight {
    let path = part.path.clone().map(Raw);
    Weight {
        path_base64: path.as_ref().and_then(Raw::base64),
        path,
        bytes: part.bytes,
        contents: part.contents,
        layer: part.layer,
        created_by: part.layer.and_then(|layer| image.step(layer)).map(Step::instruction),
        hidden_by: part.hidden_by,
        cause: part.cause.map(crate::image::tree::Cause::name),
        secret: part.secret.as_ref().map(secret),
    }
}

fn secret(found: &secrets::Secret) -> Secret {
    let (r#where, detail, line) = match &found.place {
        Place::File { line, .. } => (None, None, *line),
        Place::Text(text) => (Some(text.place.name()), Some(text.detail.clone()), None),
    };
    let (rule, title, preview) = (found.rule.clone(), found.title.clone(), found.preview.clone());
    Secret { rule, title, r#where, detail, line, preview }
}
