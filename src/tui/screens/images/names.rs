//! What an image is called: all its tags, or why it has none.

use crate::image::LocalImage;
use crate::report::sanitise::sanitise;
use crate::tui::widgets::cells::{cut_middle, width};

/// The repository and the tag of a name; a port is no tag.
pub(super) fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, ""),
    }
}

/// The repository by which an image is grouped; `None` without any name.
pub(super) fn repository(image: &LocalImage) -> Option<&str> {
    let tagged = image.tags.first().map(|tag| split(tag).0);
    tagged.or_else(|| image.digests.first().and_then(|name| name.split_once('@')).map(|(name, _)| name))
}

/// What one line calls it: its first tag, else the name of its digest, else its id.
pub(super) fn title(image: &LocalImage) -> String {
    match (image.tags.first(), repository(image)) {
        (Some(tag), _) => tag.clone(),
        (None, Some(repository)) => format!("{repository} ({})", image.short_id()),
        (None, None) => image.short_id().to_owned(),
    }
}

/// All tags in at most `room` cells: `shop/api:1.4, 1.4.2, latest  other:1 +197`. A repository is named once for the
/// tags that follow each other, and how many are left out stands at the end.
pub(super) fn tags(tags: &[String], room: usize) -> String {
    let Some(first) = tags.first() else { return String::new() };
    let more = |left: usize| if left == 0 { String::new() } else { format!(" +{left}") };
    let sanitised = |text: &str| sanitise(text.as_bytes()).into_owned();
    let mut shown =
        cut_middle(&sanitised(first), room.saturating_sub(width(&more(tags.len() - 1)))).into_owned();
    let mut last = split(first).0;
    for (at, name) in tags.iter().enumerate().skip(1) {
        let (repository, tag) = split(name);
        let next = if repository == last {
            format!(", {}", sanitised(tag))
        } else {
            format!("  {}", sanitised(name))
        };
        let left = tags.len() - at - 1;
        if width(&shown) + width(&next) + width(&more(left)) > room {
            shown += &more(left + 1);
            break;
        }
        shown += &next;
        last = repository;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tags_or_how_many_more() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let shop = names("shop/api:1.4 shop/api:1.4.2 shop/api:latest host:5000/x:1 bare");
        for (room, shown) in [
            (60, "shop/api:1.4, 1.4.2, latest  host:5000/x:1  bare"),
            (40, "shop/api:1.4, 1.4.2, latest +2"),
            (20, "shop/api:1.4 +4"),
            (14, "shop/a…:1.4 +4"),
        ] {
            assert_eq!(tags(&shop, room), shown, "{room}");
        }
        let many: Vec<String> = (0..200).map(|number| format!("ci/build:{number}")).collect();
        for room in 0..80 {
            assert!(width(&tags(&many, room)) <= room.max(5), "{room}: {}", tags(&many, room));
        }
        assert_eq!(tags(&many, 20), "ci/build:0, 1 +198");
        assert_eq!(tags(&names("evil\u{1b}[2J:漢字"), 40), "evil\\x1b[2J:漢字");
    }

    #[test]
    fn an_image_is_called_by_what_it_has() {
        let id = format!("sha256:{}", "ab12".repeat(16));
        let image = |tags: &[&str], digests: &[&str]| LocalImage {
            id: id.clone(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            digests: digests.iter().map(|digest| (*digest).to_owned()).collect(),
            ..LocalImage::default()
        };
        assert_eq!(title(&image(&["a:1", "b:2"], &[])), "a:1");
        assert_eq!(title(&image(&[], &["shop/api@sha256:00"])), "shop/api (ab12ab12ab12)");
        assert_eq!(title(&image(&[], &[])), "ab12ab12ab12");
        assert_eq!(repository(&image(&["host:5000/x"], &[])), Some("host:5000/x"));
    }
}
