//! placeholder
use std::borrow::Cow;
/// placeholder
pub fn sanitise(text: &[u8]) -> Cow<'_, str> {
    Cow::Owned(text.escape_ascii().to_string())
}
