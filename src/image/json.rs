//! Lenient JSON: images come from strangers, and one odd field must not lose the image.
//!
//! Documents are read into loose values; a field of the wrong type counts as absent. A byte order mark,
//! invalid UTF-8 and lone surrogates are mended first. Depth stays limited by the parser, length here.

use serde_json::Value;

/// Longest document that is read, in bytes.
pub const MAX_JSON: u64 = 4 << 20;

/// Parses a document; the error is one line without the document's text.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => {
            let mended = without_lone_surrogates(&String::from_utf8_lossy(bytes));
            serde_json::from_str(&mended).map_err(|_| format!("not valid JSON: {error}"))
        }
    }
}

/// The first byte that is not white space or a byte order mark opens an object or an array.
pub fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}

/// The value at `key`. Go, in which nearly all writers and readers of these documents are written, takes a key
/// in any case where the exact one is not there; so do we.
pub fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.get(key)
        .or_else(|| map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

/// The text at `key`, if it is a text.
pub fn text(value: &Value, key: &str) -> Option<String> {
    get(value, key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The texts in the array at `key`; a lone text counts as an array of one.
pub fn texts(value: &Value, key: &str) -> Vec<String> {
    match get(value, key) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// The items of the array at `key`; empty when it is none.
pub fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    get(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The object at `key` as pairs of texts; values of other types are rendered as JSON.
pub fn pairs(value: &Value, key: &str) -> Vec<(String, String)> {
    let Some(Value::Object(map)) = get(value, key) else { return Vec::new() };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    map.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
}

/// A whole number, also when written as a text.
pub fn number(value: &Value, key: &str) -> Option<u64> {
    let value = get(value, key)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Replaces `\ud800`-style escapes that are no pairs, which JSON forbids and some tools write.
fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?;
        let hex = escape.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let step = match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            Some(_) => 6,
            None if text[at..].starts_with('\\') => {
                1 + text[at + 1..].chars().next().map_or(0, char::len_utf8)
            }
            None => text[at..].chars().next().map_or(1, char::len_utf8),
        };
        out.push_str(&text[at..at + step]);
        at += step;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_documents_are_read() {
        let bom = parse(b"\xef\xbb\xbf {\"a\": 1}").unwrap();
        assert_eq!(number(&bom, "a"), Some(1));
        let lone = parse(br#"{"a": "x\ud800y", "b": "\ud83d\ude00", "c": "\\ud800"}"#).unwrap();
        assert_eq!(text(&lone, "a").unwrap(), "x\u{fffd}y");
        assert_eq!(text(&lone, "b").unwrap(), "😀");
        assert_eq!(text(&lone, "c").unwrap(), "\\ud800");
        let raw = parse(b"{\"a\": \"\xff\"}").unwrap();
        assert_eq!(text(&raw, "a").unwrap(), "\u{fffd}");
        let twice = parse(br#"{"a": 1, "a": 2}"#).unwrap();
        assert_eq!(number(&twice, "a"), Some(2));
        let odd = parse(br#"{"Env": null, "Cmd": "sh", "Labels": {"n": 5}, "User": 7}"#).unwrap();
        assert!(texts(&odd, "Env").is_empty());
        assert_eq!(texts(&odd, "Cmd"), ["sh"]);
        assert_eq!(pairs(&odd, "Labels"), [("n".to_owned(), "5".to_owned())]);
        assert_eq!(text(&odd, "User"), None);
    }

    #[test]
    fn depth_is_an_error_and_not_a_crash() {
        let deep = "[".repeat(200_000);
        assert!(parse(deep.as_bytes()).unwrap_err().starts_with("not valid JSON"));
    }
}
