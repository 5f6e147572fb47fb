//! Whole screens.

use super::{desk, shop};

#[test]
fn images() {
    for (name, size, keys) in [
        ("images_80x24", (80, 24), ""),
        ("images_120x35", (120, 35), "j j"),
        ("images_240x70", (240, 70), "j j"),
    ] {
        insta::assert_snapshot!(name, shop(size, keys).text());
    }
}

#[test]
fn containers() {
    for (name, size, keys) in [
        ("containers_80x24", (80, 24), "2"),
        ("containers_120x35", (120, 35), "2 j b"),
        ("containers_240x70", (240, 70), "2 j"),
    ] {
        insta::assert_snapshot!(name, shop(size, keys).text());
    }
}

#[test]
fn nothing_to_list() {
    for (name, keys) in [("no_images", ""), ("no_containers", "2")] {
        insta::assert_snapshot!(name, desk("", (80, 24), keys).text());
    }
}

#[test]
fn groups_and_families() {
    for (name, keys) in [("by_repository", "b"), ("families", "b b a")] {
        insta::assert_snapshot!(name, shop((100, 30), keys).text());
    }
}

#[test]
fn what_lies_over_the_lists() {
    for (name, keys) in [
        ("image_details", "j j i"),
        ("image_menu", "j j x"),
        ("image_plan", "space space space space d"),
        ("image_plan_offered", "/ r e d i s enter d space"),
        ("container_menu", "2 j x"),
        ("container_plan", "2 * d"),
        ("container_stop", "2 * s"),
        ("filter_mistake", "/ i s : d a n g"),
    ] {
        insta::assert_snapshot!(name, shop((100, 30), keys).text());
    }
}
