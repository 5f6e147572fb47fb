//! placeholder
use crate::image::changeset::Kind;
/// placeholder
pub fn mode(_kind: Kind, mode: u16) -> String {
    format!("{mode:04o}")
}
