//! `hadal.tree/1`: the paths of one view, written as they are walked.

use std::cell::RefCell;

use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{Raw, lossy};
use crate::analysis::{Look, View};
use crate::image::changeset::Kind;
use crate::image::tree::{NodeId, Tree};

/// The document.
#[derive(Debug)]
pub struct TreeDocument<'a> {
    pub tree: &'a Tree,
    pub view: View,
    pub changes_only: bool,
}

impl Serialize for TreeDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Tree", 2)?;
        document.serialize_field("schema", "hadal.tree/1")?;
        document.serialize_field("entries", &Entries(self))?;
        document.end()
    }
}

struct Entries<'a>(&'a TreeDocument<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TreeDocument { tree, view, changes_only } = *self.0;
        let list = RefCell::new(Some(Ok(serializer.serialize_seq(None)?)));
        view.walk(tree, changes_only, &mut |node, look| {
            let mut list = list.borrow_mut();
            if let Some(Ok(open)) = list.as_mut()
                && let Err(error) = open.serialize_element(&entry(tree, node, &look))
            {
                *list = Some(Err(error));
            }
        });
        match list.into_inner() {
            Some(Ok(list)) => list.end(),
            Some(Err(error)) => Err(error),
            None => Err(serde::ser::Error::custom("the list was never begun")),
        }
    }
}

#[derive(Serialize)]
struct Entry {
    #[serde(serialize_with = "lossy")]
    path: Raw,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    r#type: &'static str,
    mode: String,
    uid: u64,
    gid: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_bytes: Option<u64>,
    link_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target_base64: Option<String>,
    change: &'static str,
    layer: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bookkeeping: bool,
}

fn entry(tree: &Tree, node: NodeId, look: &Look<'_>) -> Entry {
    let version = &look.version;
    let attributes = version.attributes();
    let path = Raw(tree.path(node));
    let target = version.link_target().map(|target| Raw(target.to_vec()));
    Entry {
        path_base64: path.base64(),
        path,
        r#type: version.kind().name(),
        mode: super::octal(attributes.mode),
        uid: attributes.uid,
        gid: attributes.gid,
        bytes: if version.kind() == Kind::File { version.bytes() } else { 0 },
        logical_bytes: version.logical_bytes(),
        link_target: target.as_ref().map(|target| target.lossy().into_owned()),
        link_target_base64: target.as_ref().and_then(Raw::base64),
        change: look.change.name(),
        layer: tree.written(node, version.layer()),
        bookkeeping: version.bookkeeping(),
    }
}
