//! Rules that no fixture of an image is needed for, and facts that no command can give yet.

use super::*;
use crate::analysis::secrets;
use crate::image::Tree;
use crate::image::tree::Problem;
use crate::image::{Head, Layer};

fn image(layers: usize) -> Image {
    Image { head: Head::default(), layers: vec![Layer::default(); layers], tree: Tree::empty() }
}

fn dive(efficiency: f64, wasted_bytes: u64, user_wasted: f64) -> Figures {
    Figures { efficiency, wasted_bytes, user_wasted, comparable: true }
}

fn judged(rule: Rule, change: impl FnOnce(&mut Facts<'_>)) -> Checked {
    judged_with(rule, None, change)
}

fn judged_with(rule: Rule, inspection: Option<&Inspection>, change: impl FnOnce(&mut Facts<'_>)) -> Checked {
    let image = image(3);
    let sums = Sums { layers: vec![700, 300, 0], ..Sums::default() };
    let mut facts = Facts { image: &image, dive: dive(0.9, 100, 0.5), sums, baseline: None, inspection };
    change(&mut facts);
    judge(&[rule], &facts).rules.remove(0)
}

#[test]
fn limits_may_be_met() {
    for (rule, status, detail) in [
        (Rule::LowestEfficiency(Some(0.9)), Status::Pass, ""),
        (Rule::LowestEfficiency(Some(0.91)), Status::Fail, "too low by 0.0100"),
        (Rule::LowestEfficiency(Some(0.900_000_01)), Status::Fail, "too low by 1.0e-8"),
        (Rule::LowestEfficiency(None), Status::Skip, "disabled"),
        (Rule::HighestWastedBytes(Some(100)), Status::Pass, ""),
        (Rule::HighestWastedBytes(Some(99)), Status::Fail, "1 B too many"),
        (Rule::HighestUserWastedPercent(Some(0.5)), Status::Pass, ""),
        (Rule::HighestUserWastedPercent(Some(0.25)), Status::Fail, "too high by 0.2500"),
        (Rule::MaxSize(1000), Status::Pass, ""),
        (Rule::MaxSize(0), Status::Fail, "1 kB too many"),
        (Rule::MaxLayers(3), Status::Pass, ""),
        (Rule::MaxLayers(1), Status::Fail, "2 too many"),
        (Rule::MaxGrowth(1), Status::Fail, "there is no baseline to compare with"),
    ] {
        let name = rule.name();
        let checked = judged(rule, |_| {});
        assert_eq!((checked.status, checked.detail.as_str(), checked.name), (status, detail, name));
    }
}

#[test]
fn shares_that_are_no_numbers_are_dives() {
    let rule = || Rule::HighestUserWastedPercent(Some(1.0));
    assert_eq!(judged(rule(), |facts| facts.dive.user_wasted = f64::NAN).status, Status::Pass);
    assert_eq!(judged(rule(), |facts| facts.dive.user_wasted = f64::INFINITY).status, Status::Fail);
}

#[test]
fn the_largest_layers_are_named() {
    let checked = judged(Rule::MaxSize(1), |_| {});
    let layers: Vec<_> = checked.parts.iter().map(|part| (part.layer, part.bytes)).collect();
    assert_eq!(layers, [(Some(0), 700), (Some(1), 300)]);
}

#[test]
fn a_baseline_that_is_damaged_is_none() {
    let baseline = |problem: Option<&str>| Baseline {
        name: "old".to_owned(),
        bytes: 900,
        own_bytes: 1000,
        problem: problem.map(str::to_owned),
    };
    let grown = judged(Rule::MaxGrowth(40), |facts| facts.baseline = Some(baseline(None)));
    assert_eq!((grown.actual, grown.detail.as_str()), (Amount::Growth(100), "60 B too many, against old"));
    let damaged = judged(Rule::MaxGrowth(999), |facts| facts.baseline = Some(baseline(Some("cut short"))));
    assert_eq!(damaged.status, Status::Fail);
    assert!(damaged.detail.contains("cut short"));
}

#[test]
fn secrets_fail_but_for_what_is_left_out() {
    let text = |place, in_base| {
        let detail = "API_TOKEN".to_owned();
        secrets::Place::Text(secrets::TextSecret { place, detail, step: None, layer: None, in_base })
    };
    let file = |layer, deleted_in, more| secrets::Place::File {
        node: Tree::empty().root(),
        layer,
        deleted_in,
        line: Some(3),
        more,
    };
    let env = secrets::Where::Env;
    for (places, from, problem, count, status, detail) in [
        (vec![], 0, None, 0, Status::Pass, ""),
        (vec![file(1, Some(2), 0)], 0, None, 1, Status::Fail, "1 secret: a key"),
        (vec![file(0, None, 7), text(env, false)], 0, None, 9, Status::Fail, "9 secrets, the first: a key"),
        (vec![file(0, None, 0), text(env, true)], 1, None, 0, Status::Pass, ""),
        (vec![file(1, None, 0), text(env, false)], 1, None, 2, Status::Fail, "2 secrets, the first: a key"),
        (vec![], 0, Some("cut short"), 0, Status::Fail, "layer 1: cut short"),
    ] {
        let secret = |place| Secret {
            rule: "key".to_owned(),
            title: "a key".to_owned(),
            place,
            preview: "s… (9 characters)".to_owned(),
        };
        let damaged = |text: &str| Problem { layer: Some(1), text: text.to_owned() };
        let inspection = Inspection {
            secrets: Some(places.into_iter().map(secret).collect()),
            problems: problem.into_iter().map(damaged).collect(),
            ..Inspection::default()
        };
        let checked = judged_with(Rule::ForbidSecrets, Some(&inspection), |facts| facts.sums.from = from);
        assert_eq!((checked.status, checked.detail.as_str()), (status, detail));
        assert_eq!(checked.actual, Amount::Count(count));
    }
    assert_eq!(judged(Rule::ForbidSecrets, |_| {}).status, Status::Fail, "nobody looked");
}

#[test]
fn damage_fails_beside_the_rules() {
    let mut image = image(2);
    image.layers[1].problem = Some("cut short".to_owned());
    image.head.damage = vec!["no config".to_owned()];
    let facts = Facts {
        image: &image,
        dive: dive(1.0, 0, f64::NAN),
        sums: Sums::default(),
        baseline: None,
        inspection: None,
    };
    let verdict = judge(&[Rule::MaxLayers(9)], &facts);
    assert!(!verdict.passed);
    assert_eq!((verdict.rules[0].name, verdict.rules[1].status), ("readable", Status::Pass));
    assert_eq!(verdict.rules[0].detail, "no config, and 1 more");
}
