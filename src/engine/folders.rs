//! Where an engine keeps layers, as inspections tell it: by the names of their folders one can see who stands on the same
//! ones.

use serde_json::Value;

use super::answer::words;
use crate::image::json;

/// What stands behind the folder of each layer.
const CONTENTS: &str = "/diff";
/// How Docker calls the layer that it puts beneath a container's own.
const PREPARED: &str = "-init";

/// Folders of an image's layers, base first; none where the engine does not tell, or not of all.
pub(super) fn of_image(answer: &Value, layers: usize) -> Vec<String> {
    let data = data(answer);
    let mut folders = below(data);
    folders.extend(name(&words(data, "UpperDir")));
    if folders.len() == layers { folders } else { Vec::new() }
}

/// Folders of the layers that a container stands on, its own left out.
pub(super) fn of_container(answer: &Value) -> Vec<String> {
    let mut folders = below(data(answer));
    folders.retain(|folder| !folder.ends_with(PREPARED));
    folders
}

fn data(answer: &Value) -> &Value {
    json::get(answer, "GraphDriver").and_then(|driver| json::get(driver, "Data")).unwrap_or(&Value::Null)
}

/// Engines list them as overlayfs wants them, the uppermost first.
fn below(data: &Value) -> Vec<String> {
    words(data, "LowerDir").rsplit(':').filter_map(name).collect()
}

fn name(path: &str) -> Option<String> {
    let folder = path.strip_suffix(CONTENTS)?;
    folder.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_from_the_base_up() {
        let answer = |lower: &str, upper: &str| -> Value {
            let text = format!(
                r#"{{"GraphDriver":{{"Name":"overlay2","Data":{{"LowerDir":"{lower}","UpperDir":"{upper}"}}}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let three = answer("/r/overlay2/b/diff:/r/overlay2/a/diff", "/r/overlay2/c/diff");
        assert_eq!(of_image(&three, 3), ["a", "b", "c"]);
        assert_eq!(of_image(&three, 2), [""; 0], "what does not match is nothing");
        assert_eq!(of_image(&answer("", "/r/overlay2/a/diff"), 1), ["a"]);
        let container = answer("/r/overlay2/x-init/diff:/r/overlay2/b/diff:/r/overlay2/a/diff", "/r/x/diff");
        assert_eq!(of_container(&container), ["a", "b"]);
        for other in [r#"{"GraphDriver":{"Name":"btrfs","Data":null}}"#, r#"{"GraphDriver":3}"#, "{}"] {
            let other: Value = serde_json::from_str(other).unwrap();
            assert_eq!((of_image(&other, 2), of_container(&other)), (Vec::new(), Vec::new()));
        }
    }
}
