//! Why something frees more with what is marked than alone: it was the last that held on to some of that.

use crate::cleanup::Candidate;
use crate::cleanup::plan::Kind;
use crate::image::LocalImage;
use crate::tui::screens::cleanup::columns::title;
use crate::world::World;

/// In a few words, where it can be told.
pub(super) fn of<'a>(
    one: &Candidate,
    marked: impl Iterator<Item = &'a Candidate>,
    world: &World,
) -> Option<String> {
    let mut marked = marked.filter(|other| other.kind == Kind::Image);
    if one.kind == Kind::Container {
        let kept = marked.find(|image| one.pins.as_ref() == Some(&image.id))?;
        return Some(format!("it was the last to keep {}", title(kept)));
    }
    let own = layers(world.images.get(&one.id).filter(|_| one.kind == Kind::Image)?)?;
    let shared = marked.filter_map(|other| {
        let image = world.images.get(&other.id)?;
        let its = layers(image)?;
        let same = own.iter().zip(its).take_while(|(own, other)| own == other).count();
        (same > 0).then_some((same, its.len(), other))
    });
    // What it shares most with; of those what is nearest to it.
    let (same, length, other) = shared.max_by_key(|(same, length, _)| (*same, usize::MAX - length))?;
    let name = title(other);
    Some(match (same == length, same == own.len()) {
        (true, _) => format!("it was the last user of {name}"),
        (false, true) => "all that stands on it is marked".to_owned(),
        (false, false) => format!("it was the last to share layers with {name}"),
    })
}

fn layers(image: &LocalImage) -> Option<&[String]> {
    image.layers.as_deref().filter(|layers| !layers.is_empty())
}
