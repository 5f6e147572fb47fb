//! A zoo of real failing containers: built, run and left to die on a real Docker, a selection on a real Podman, and
//! each diagnosed by the program itself. What is asserted of each is the top finding's cause, its grade, and a word of
//! the evidence; healthy and cleanly stopped ones must get no failure.
//!
//! By default at least one animal of each family is kept; `HADAL_ZOO=all` keeps them all. The count of right verdicts is
//! printed, and how long they took.

#![cfg(unix)]
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::too_many_lines)]

#[path = "zoo/animals.rs"]
mod animals;
#[path = "common/engine.rs"]
mod engine;
#[path = "zoo/keeper.rs"]
mod keeper;
#[path = "zoo/programs.rs"]
mod programs;
#[path = "zoo/recorded.rs"]
mod recorded;

use engine::{Kind, shared_docker, shared_podman};
use keeper::{Keeper, judge};

#[test]
fn every_animal_of_the_docker_zoo_is_understood() {
    let Some(docker) = shared_docker() else { return };
    let all = std::env::var_os("HADAL_ZOO").is_some_and(|value| value == "all");
    let only = std::env::var("HADAL_ZOO_ONLY").ok();
    let mut animals = animals::docker();
    animals.extend(recorded::animals());
    animals.retain(|animal| all || animal.by_default || only.is_some());
    animals.retain(|animal| only.as_ref().is_none_or(|only| animal.name.contains(only.as_str())));
    let keeper = Keeper::new(docker, Kind::Docker);
    judge(&keeper, &animals);
}

#[test]
fn a_selection_is_understood_on_podman() {
    let Some(podman) = shared_podman() else { return };
    let keeper = Keeper::new(podman, Kind::Podman);
    judge(&keeper, &animals::podman());
}
