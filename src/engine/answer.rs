//! Small readings that answers about images and containers share. What is absent, `null` or of another type than
//! expected is nothing, and never an error.

use jiff::Timestamp;
use serde_json::Value;

use crate::image::json;

/// The text at `key`, empty when there is none.
pub(super) fn words(value: &Value, key: &str) -> String {
    json::text(value, key).unwrap_or_default()
}

/// The bytes at `key`; engines write -1 for what they did not reckon.
pub(super) fn bytes(value: &Value, key: &str) -> u64 {
    json::number(value, key).unwrap_or(0)
}

/// Whether `key` is true.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    json::get(value, key).and_then(Value::as_bool).unwrap_or_default()
}

/// The time at `key`. Go's zero time, and the beginning of Unix time, stand for none.
pub(super) fn moment(value: &Value, key: &str) -> Option<Timestamp> {
    let time: Timestamp = json::text(value, key)?.parse().ok()?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

/// An image's id with the algorithm that some engines leave out.
pub(super) fn full_id(id: &str) -> String {
    if id.is_empty() || id.contains(':') { id.to_owned() } else { format!("sha256:{id}") }
}
