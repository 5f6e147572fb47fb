//! Names of images: given, taken away, and images removed by taking away all of them.

use std::collections::BTreeSet;

use bollard::query_parameters::{RemoveImageOptionsBuilder, TagImageOptionsBuilder};
use serde::Deserialize;

use super::super::wire::escape;
use super::{Engine, EngineError, named, short, tagged};
use crate::image::ImageStore;

/// Ids that a line names; beyond, their number has to do.
const SHOWN: usize = 6;

/// An image as far as its removal is concerned.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Names {
    id: String,
    repo_tags: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct User {
    id: String,
    names: Option<Vec<String>>,
    #[serde(rename = "ImageID")]
    image_id: String,
}

/// What an engine took away.
#[derive(Debug, Default)]
struct Removed {
    untagged: Vec<String>,
    deleted: Vec<String>,
}

impl Engine {
    /// Gives an image, named by id or name, one name more.
    pub async fn tag(&self, source: &str, reference: &str) -> Result<String, EngineError> {
        let reference = tagged(reference)?;
        let source = named(source)?;
        let options = TagImageOptionsBuilder::new()
            .repo(&reference.repository)
            .tag(reference.tag.as_deref().unwrap_or_default())
            .build();
        self.docker.tag_image(&source.to_string(), Some(options)).await?;
        Ok(format!("tagged {} as {reference}", short(&source.to_string())))
    }

    /// Takes one name away. With its last name the image goes, unless another image stands on it.
    pub async fn untag(&self, reference: &str) -> Result<String, EngineError> {
        // With its tag, so that no engine takes it for the beginning of an id.
        let reference = named(reference)?.tagged().to_string();
        let mut removed = Removed::default();
        // The containerd store prunes whatever untagged image has the first of the same layers.
        let prune = self.about.store != ImageStore::Blobs;
        match self.take_away(&reference, prune, &mut removed).await {
            Ok(()) => Ok(removed.to_string()),
            Err(error) if error.is_missing() => Ok(format!("{reference} is already gone")),
            Err(error) => Err(error),
        }
    }

    /// Removes an image that has exactly the names `tags` and that no container was made from. Never by force:
    /// Podman would remove containers with it. With `prune` the engine takes along the untagged parents that it made.
    pub async fn remove_image(&self, id: &str, tags: &[String], prune: bool) -> Result<String, EngineError> {
        let id = named(id)?.to_string();
        let names = match self.names(&id).await {
            Err(error) if error.is_missing() => return Ok(format!("{} is already gone", short(&id))),
            names => names?,
        };
        let refused = |why: String| EngineError::Changed { what: short(&id).to_owned(), why };
        let (now, planned) = (tag_set(names.repo_tags.iter().flatten()), tag_set(tags));
        if now != planned {
            let list = |tags: &BTreeSet<&str>| match tags.is_empty() {
                true => "none".to_owned(),
                false => tags.iter().copied().collect::<Vec<_>>().join(", "),
            };
            let why = format!(
                "its names have changed; planned were {}, now there are {}",
                list(&planned),
                list(&now)
            );
            return Err(refused(why));
        }
        let users = self.users(&names.id).await?;
        if !users.is_empty() {
            return Err(refused(format!("it is in use by {}; remove them first", users.join(", "))));
        }
        let mut removed = Removed::default();
        for tag in tags {
            match self.take_away(tag, prune, &mut removed).await {
                Err(error) if !error.is_missing() => return Err(removed.and_then(error)),
                _ => {}
            }
        }
        // Names by digest alone, or none at all: only the id is left to name it by.
        let left = match self.names(&names.id).await {
            Err(error) if error.is_missing() => false,
            left => left?.repo_tags.iter().flatten().all(|tag| tag.starts_with('<')),
        };
        if left {
            match self.take_away(&names.id, prune, &mut removed).await {
                Err(error) if !error.is_missing() => return Err(removed.and_then(error)),
                _ => {}
            }
        }
        Ok(removed.to_string())
    }

    async fn take_away(&self, name: &str, prune: bool, removed: &mut Removed) -> Result<(), EngineError> {
        let name = named(name)?.to_string();
        let options = RemoveImageOptionsBuilder::new().force(false).noprune(!prune).build();
        for item in self.patient().remove_image(&name, Some(options), None).await? {
            removed.untagged.extend(item.untagged);
            removed.deleted.extend(item.deleted);
        }
        Ok(())
    }

    async fn names(&self, id: &str) -> Result<Names, EngineError> {
        self.wire.json(&format!("/images/{}/json", escape(id))).await
    }

    /// Names of the containers made from an image.
    async fn users(&self, id: &str) -> Result<Vec<String>, EngineError> {
        let all: Vec<User> = self.wire.json("/containers/json?all=true").await?;
        let bare = |id: &str| id.strip_prefix("sha256:").unwrap_or(id).to_owned();
        let users = all.into_iter().filter(|user| bare(&user.image_id) == bare(id));
        let name = |user: User| {
            let name = user.names.iter().flatten().next().map(|name| name.trim_start_matches('/').to_owned());
            name.unwrap_or_else(|| short(&user.id).to_owned())
        };
        Ok(users.map(name).collect())
    }
}

/// Tags without the placeholders that older engines put where there is none.
fn tag_set<'a>(tags: impl IntoIterator<Item = &'a String>) -> BTreeSet<&'a str> {
    tags.into_iter().map(String::as_str).filter(|tag| !tag.starts_with('<')).collect()
}

impl Removed {
    /// An error that came after something had been done already.
    fn and_then(self, error: EngineError) -> EngineError {
        match error {
            EngineError::Refused { status, message }
                if !self.untagged.is_empty() || !self.deleted.is_empty() =>
            {
                EngineError::Refused { status, message: format!("{self}; then: {message}") }
            }
            error => error,
        }
    }
}

/// `untagged a:1, b:2; deleted 0123456789ab, 123456789abc`
impl std::fmt::Display for Removed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |ids: &[String]| {
            let more = ids.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let ids: Vec<&str> = ids.iter().take(SHOWN).map(|id| short(id)).collect();
            format!("{}{more}", ids.join(", "))
        };
        match (self.untagged.as_slice(), self.deleted.as_slice()) {
            ([], []) => f.write_str("nothing was there any more"),
            (untagged, []) => write!(f, "untagged {}", list(untagged)),
            ([], deleted) => write!(f, "deleted {}", list(deleted)),
            (untagged, deleted) => write!(f, "untagged {}; deleted {}", list(untagged), list(deleted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_is_told_on_one_line() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let ids: Vec<String> =
            (0..8).map(|digit| format!("sha256:{}", digit.to_string().repeat(64))).collect();
        let removed = Removed { untagged: texts(&["a:1", "b:2"]), deleted: ids[..2].to_vec() };
        assert_eq!(removed.to_string(), "untagged a:1, b:2; deleted 000000000000, 111111111111");
        let error = EngineError::Refused { status: 409, message: "conflict".to_owned() };
        assert_eq!(
            removed.and_then(error).to_string(),
            "untagged a:1, b:2; deleted 000000000000, 111111111111; then: conflict"
        );
        let many = Removed { untagged: Vec::new(), deleted: ids };
        assert!(many.to_string().ends_with("555555555555 and 2 more"), "{many}");
    }
}
