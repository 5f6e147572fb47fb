//! Images into an archive: written beside its place, read back, and only then given its name.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use super::acts::{Said, attend, local, receive};
use crate::engine::{Engine, EngineError};
use crate::image::size::human;
use crate::source::{self, Held, Task};
use crate::world::Step;

/// Saves images by their names, or by id. The archive holds those that the names mean and those with these `ids`, or
/// there is none. What lies at the path already is not touched.
pub(super) async fn save(
    engine: &Engine,
    images: &[String],
    ids: &[String],
    path: &Path,
    watch: &(dyn Fn(Step) + Send + Sync),
) -> Result<String, EngineError> {
    let failed = local(format!("cannot save to {}", path.display()));
    if fs::symlink_metadata(path).is_ok() {
        return Err(failed("it is there already".to_owned()));
    }
    // Beside the target, so that it can take its name in one step.
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new().prefix(".hadal-").tempfile_in(folder);
    let mut file = file.map_err(|error| failed(told(&error)))?;
    let mut wanted: Vec<Held> = ids.iter().map(|id| Held { id: id.clone(), names: Vec::new() }).collect();
    let mut bytes = 0;
    for image in images {
        let described = engine.describe(image).await?;
        let at = wanted.iter().position(|held| held.id == described.id).unwrap_or_else(|| {
            wanted.push(Held { id: described.id.clone(), names: Vec::new() });
            wanted.len() - 1
        });
        bytes += if wanted[at].names.is_empty() { described.bytes } else { 0 };
        if described.tags.contains(image) {
            wanted[at].names.push(image.clone());
        }
    }
    let said = Said::new("the engine is preparing the archive");
    let asked = attend(&Task::new(), &said, 0, watch, engine.export(images)).await?;
    said.turns("saving", Some(Instant::now()));
    let (target, folder, saying) = (path.to_owned(), folder.to_owned(), said.clone());
    let length = receive(asked, &said, bytes, watch, move |reader, task| {
        let out = io::BufWriter::with_capacity(1 << 20, file.as_file_mut());
        let length = source::keep_archive(reader, out, task).map_err(|error| told(&error))?;
        file.as_file().sync_all().map_err(|error| told(&error))?;
        saying.turns("checking what was saved", None);
        source::check_archive(file.path(), &wanted, task)?;
        if task.is_cancelled() {
            return Err("it was stopped".to_owned());
        }
        file.persist_noclobber(&target).map_err(|error| told(&error.error))?;
        // Not every file system can do this to a folder, and the archive itself is safe.
        let _ = File::open(&folder).and_then(|folder| folder.sync_all());
        Ok(length)
    })
    .await?
    .map_err(failed)?;
    Ok(format!("saved {} to {}, {}", images.join(", "), path.display(), human(length)))
}

/// What went wrong, without the number that only programmers know.
fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}
