//! JSON Schema, the part of it that the published schemas use. Anything else in a schema is an error of ours.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A schema, and which of its properties have been met in a document so far.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) root: Value,
    pub(crate) met: BTreeSet<String>,
}

impl Schema {
    pub(crate) fn parse(text: &str) -> Schema {
        Schema { root: serde_json::from_str(text).unwrap(), met: BTreeSet::new() }
    }

    /// Where the document is not as the schema says.
    pub(crate) fn complaints(&mut self, document: &Value) -> Vec<String> {
        let Schema { root, met } = self;
        let mut found = Vec::new();
        check(root, root, "", document, "", met, &mut found);
        found
    }

    /// Every property of every object of the schema, as `#/properties/name`.
    pub(crate) fn properties(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        properties(&self.root, "", &mut found);
        found
    }
}

fn properties(schema: &Value, place: &str, found: &mut BTreeSet<String>) {
    for (name, part) in object(schema, "properties") {
        found.insert(format!("{place}/properties/{name}"));
        properties(part, &format!("{place}/properties/{name}"), found);
    }
    for (name, part) in object(schema, "$defs") {
        properties(part, &format!("{place}/$defs/{name}"), found);
    }
}

fn object<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

/// `place` is where the schema stands in its document, `at` where the value stands in its own.
fn check(
    root: &Value,
    schema: &Value,
    place: &str,
    value: &Value,
    at: &str,
    met: &mut BTreeSet<String>,
    found: &mut Vec<String>,
) {
    let mut complain = |what: &str| found.push(format!("{at}: {what}: {value}"));
    for (keyword, rule) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "$ref" | "properties" | "items" | "anyOf" => true,
            "type" => names(rule).any(|name| is(name, value)),
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
            "required" => {
                let present = |name: &Value| value.get(name.as_str().unwrap()).is_some();
                !value.is_object() || rule.as_array().unwrap().iter().all(present)
            }
            "additionalProperties" => {
                let mut others = value.as_object().into_iter().flat_map(Map::keys);
                rule.is_object() || others.all(|name| schema["properties"].get(name).is_some())
            }
            other => panic!("{place}: {other} is a keyword this test does not know"),
        };
        if !fine {
            complain(keyword);
        }
    }
    if let Some(target) = schema.get("$ref") {
        let place = target.as_str().unwrap().strip_prefix('#').unwrap();
        check(root, root.pointer(place).unwrap(), place, value, at, met, found);
    }
    if let Some(choices) = schema.get("anyOf") {
        let fits = |(index, choice): (usize, &Value)| {
            let (mut own, mut wrong) = (met.clone(), Vec::new());
            check(root, choice, &format!("{place}/anyOf/{index}"), value, at, &mut own, &mut wrong);
            wrong.is_empty().then_some(own)
        };
        match choices.as_array().unwrap().iter().enumerate().find_map(fits) {
            Some(own) => *met = own,
            None => found.push(format!("{at}: none of anyOf: {value}")),
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schema.get("items") {
            check(root, items, &format!("{place}/items"), item, &format!("{at}/{index}"), met, found);
        }
    }
    for (name, item) in value.as_object().into_iter().flat_map(Map::iter) {
        let own = schema.get("properties").and_then(|all| all.get(name));
        if let Some(part) = own.or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()))
        {
            let place = format!("{place}/properties/{name}");
            check(root, part, &place, item, &format!("{at}/{name}"), met, found);
            met.insert(place);
        }
    }
}

fn names(rule: &Value) -> impl Iterator<Item = &str> {
    let one = rule.as_str().into_iter();
    one.chain(rule.as_array().into_iter().flatten().filter_map(Value::as_str))
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{other} is no type"),
    }
}

/// The few patterns in use, spelled out: a pattern that is not among them fails the test.
fn matches(pattern: &str, text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match pattern {
        "^/" => text.starts_with('/'),
        "^[0-7]{4}$" => text.len() == 4 && text.bytes().all(|byte| matches!(byte, b'0'..=b'7')),
        "^[0-9a-f]{64}$" => text.len() == 64 && hex(text),
        "^(sha256:[0-9a-f]{64}|[^:]*)$" => match text.strip_prefix("sha256:") {
            Some(digits) => digits.len() == 64 && hex(digits),
            None => !text.contains(':'),
        },
        "^[a-z0-9][a-z0-9+._-]*:[0-9a-f]{32,256}$" => {
            text.split_once(':').is_some_and(|(algorithm, digest)| {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
                algorithm.starts_with(plain)
                    && algorithm.chars().all(|c| plain(c) || "+._-".contains(c))
                    && (32..=256).contains(&digest.len())
                    && hex(digest)
            })
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}" => {
            let shape = "dddd-dd-ddTdd:dd:dd";
            let fits = |(expected, found): (char, char)| match expected {
                'd' => found.is_ascii_digit(),
                mark => found.eq_ignore_ascii_case(&mark),
            };
            text.len() >= shape.len() && shape.chars().zip(text.chars()).all(fits)
        }
        other => panic!("{other:?} is a pattern this test does not know"),
    }
}
