//! What can be done with containers: at once where nothing is lost by it, else after a question.

use super::Containers;
use super::columns::{image, name};
use crate::container::Container;
use crate::tui::action::{Action, Context};
use crate::tui::desk::dialogs::{Ask, Body, Confirm, Dialog, Item, Question};
use crate::tui::screens::list::ids as ids_of;
use crate::tui::widgets::table::Kind;
use crate::tui::wish::{Page, Scene, Wish};
use crate::world::Act;

/// Names that a sentence lists before it counts the others.
const NAMED: usize = 12;

impl Containers {
    /// The selected container.
    pub(super) fn selected<'a>(&self, scene: Scene<'a>) -> Option<&'a Container> {
        let entry = self.list.table.selected().filter(|entry| entry.kind == Kind::Item)?;
        scene.world.containers.get(&entry.id)
    }

    /// What is marked, else what is selected.
    fn chosen<'a>(&self, scene: Scene<'a>) -> Vec<&'a Container> {
        self.list.table.chosen().iter().filter_map(|id| scene.world.containers.get(id)).collect()
    }

    /// What a key asks for.
    pub(super) fn wish(&self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        if action == Action::Measure {
            return vec![Wish::Measure, Wish::Notice("measuring what containers wrote …".to_owned())];
        }
        let chosen = self.chosen(scene);
        if chosen.is_empty() {
            return Vec::new();
        }
        match action {
            Action::Logs => vec![Wish::Logs { ids: ids(&chosen) }],
            Action::StartStop => start_stop(&chosen, scene),
            Action::Restart => {
                let acts = chosen.iter().map(|one| Act::Restart { id: one.id.clone() });
                let text = format!("Restart {}. What runs in them is stopped first.", names(&chosen));
                ask("Restart?", vec![text], acts.collect(), scene)
            }
            Action::Pause => pause(&chosen, scene),
            Action::Kill => kill(&chosen),
            Action::Stats => stats(&chosen),
            Action::Remove => vec![Wish::Ask(Box::new(super::removal::dialog(&chosen, scene)))],
            Action::Menu => vec![Wish::Ask(Box::new(self.menu(&chosen, scene)))],
            action => self.single(action, scene),
        }
    }

    /// What is done with one at a time: the selected one, whatever is marked.
    fn single(&self, action: Action, scene: Scene<'_>) -> Vec<Wish> {
        let Some(one) = self.selected(scene) else {
            return vec![Wish::Notice("no container is selected".to_owned())];
        };
        let id = one.id.clone();
        let page = |page: Page| vec![Wish::Page { page, id: id.clone(), title: name(one).to_owned() }];
        let alive = |wishes: Vec<Wish>| match one.state.is_alive() {
            true => wishes,
            false => vec![Wish::Notice(format!("{} does not run", name(one)))],
        };
        match action {
            Action::Inspect => page(Page::InspectContainer),
            Action::Changes => page(Page::Changes),
            Action::Diagnose => page(Page::Diagnosis),
            Action::Processes => alive(page(Page::Processes)),
            Action::Shell => alive(vec![Wish::Shell { id }]),
            Action::Attach => alive(vec![Wish::Attach { id }]),
            Action::Copy => vec![Wish::Copy(id)],
            Action::Explore if one.image_id.is_empty() => {
                vec![Wish::Notice(format!("the engine does not say which image {} is made of", name(one)))]
            }
            Action::Explore => {
                vec![Wish::Explore { id: one.image_id.clone(), title: image(one).to_owned() }]
            }
            Action::Rename => question(Question::Rename { id }, format!("Rename {}", name(one)), &one.name),
            Action::Commit => question(Question::Commit { id }, format!("An image of {}", name(one)), ""),
            Action::CopyFiles => vec![Wish::Ask(Box::new(copying(one)))],
            _ => Vec::new(),
        }
    }

    /// Everything that can be done, with the keys and the commands for it.
    fn menu(&self, chosen: &[&Container], scene: Scene<'_>) -> Dialog {
        let program = scene.kind().program();
        let (alive, paused): (Vec<_>, Vec<_>) = (
            chosen.iter().map(|one| one.state.is_alive()).collect(),
            chosen.iter().map(|one| one.state == crate::container::State::Paused).collect(),
        );
        let all_alive = alive.iter().all(|alive| *alive);
        let all_stopped = !alive.contains(&true);
        let single =
            chosen.len() == 1 && self.selected(scene).map(|one| &one.id) == chosen.first().map(|one| &one.id);
        let start = if all_stopped { ("Start", "start") } else { ("Stop", "stop") };
        let pause =
            if paused.iter().all(|paused| *paused) { ("Go on", "unpause") } else { ("Pause", "pause") };
        let ids = ids_of(chosen.iter().map(|one| one.short_id()));
        let id = chosen.first().map_or("", |one| one.short_id());
        // What it does, its action, its command, and whether it makes sense for what is chosen.
        let rows: [(&str, Action, String, bool); 19] = [
            ("Logs", Action::Logs, format!("logs --follow {ids}"), true),
            ("Why it is as it is", Action::Diagnose, String::new(), single),
            ("Shell inside", Action::Shell, format!("exec -it {id} sh"), single && all_alive),
            ("Attach", Action::Attach, format!("attach {id}"), single && all_alive),
            (start.0, Action::StartStop, format!("{} {ids}", start.1), all_alive || all_stopped),
            ("Restart", Action::Restart, format!("restart {ids}"), true),
            (pause.0, Action::Pause, format!("{} {ids}", pause.1), all_alive),
            ("Send a signal", Action::Kill, format!("kill --signal SIGNAL {ids}"), all_alive),
            ("Rename", Action::Rename, format!("rename {id} NAME"), single),
            ("Make an image of it", Action::Commit, format!("commit {id} NAME"), single),
            ("Copy files out or in", Action::CopyFiles, format!("cp {id}:PATH FOLDER"), single),
            ("Processes", Action::Processes, format!("top {id}"), single && all_alive),
            ("CPU, memory, network, disk", Action::Stats, format!("stats {ids}"), !all_stopped),
            ("Changed files", Action::Changes, format!("diff {id}"), single),
            ("Everything the engine says", Action::Inspect, format!("inspect {id}"), single),
            ("Its image: layers and files", Action::Explore, String::new(), single),
            ("Copy the id", Action::Copy, String::new(), single),
            ("Measure what containers wrote", Action::Measure, "ps --all --size".to_owned(), true),
            ("Plan a removal", Action::Remove, format!("rm {ids}"), true),
        ];
        let items = rows.into_iter().filter(|(_, _, _, valid)| *valid).map(|(label, action, command, _)| {
            let command = if command.is_empty() { command } else { format!("{program} {command}") };
            let wishes = self.wish(action, scene);
            Item { label: label.to_owned(), action: Some((Context::Containers, action)), command, wishes }
        });
        Dialog::new(title(chosen), Body::Menu(items.collect()))
    }
}

/// What a dialog about containers is called.
pub(super) fn title(chosen: &[&Container]) -> String {
    match chosen {
        [one] => name(one).to_owned(),
        many => format!("{} containers", many.len()),
    }
}

fn ids(chosen: &[&Container]) -> Vec<String> {
    chosen.iter().map(|one| one.id.clone()).collect()
}

/// `web, db and 3 more`
fn names(chosen: &[&Container]) -> String {
    let shown: Vec<&str> = chosen.iter().take(NAMED).map(|one| name(one)).collect();
    let more = chosen.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn ask(title: &str, text: Vec<String>, acts: Vec<Act>, scene: Scene<'_>) -> Vec<Wish> {
    let confirm = Confirm { text, acts, kind: scene.kind(), ..Confirm::default() };
    vec![Wish::Ask(Box::new(Dialog::new(title, Body::Confirm(confirm))))]
}

fn question(question: Question, title: String, text: &str) -> Vec<Wish> {
    vec![Wish::Ask(Box::new(Dialog::new(title, Body::Ask(Ask::new(question, text)))))]
}

/// Starts what does not run. Where anything runs, that is stopped, after a question.
fn start_stop(chosen: &[&Container], scene: Scene<'_>) -> Vec<Wish> {
    let (alive, stopped): (Vec<&Container>, Vec<&Container>) = chosen
        .iter()
        .copied()
        .partition(|one| one.state.is_alive() || one.state == crate::container::State::Restarting);
    if alive.is_empty() {
        return stopped.iter().map(|one| Wish::Act(Act::Start { id: one.id.clone() })).collect();
    }
    let mut text = vec![format!("Stop {}.", names(&alive))];
    if !stopped.is_empty() {
        text.push(format!("Not running, and left as they are: {}.", names(&stopped)));
    }
    let acts = alive.iter().map(|one| Act::Stop { id: one.id.clone() }).collect();
    ask("Stop?", text, acts, scene)
}

/// Pauses what runs, after a question; what is paused goes on at once, where nothing else is chosen.
fn pause(chosen: &[&Container], scene: Scene<'_>) -> Vec<Wish> {
    use crate::container::State;
    let running: Vec<&Container> = chosen.iter().copied().filter(|one| one.state == State::Running).collect();
    let paused = chosen.iter().filter(|one| one.state == State::Paused);
    if !running.is_empty() {
        let text = format!("Pause {}. They hold still until they are told to go on.", names(&running));
        let acts = running.iter().map(|one| Act::Pause { id: one.id.clone() }).collect();
        return ask("Pause?", vec![text], acts, scene);
    }
    let acts: Vec<Wish> = paused.map(|one| Wish::Act(Act::Unpause { id: one.id.clone() })).collect();
    if acts.is_empty() { vec![Wish::Notice("what does not run cannot be paused".to_owned())] } else { acts }
}

fn stats(chosen: &[&Container]) -> Vec<Wish> {
    let alive: Vec<&Container> = chosen.iter().copied().filter(|one| one.state.is_alive()).collect();
    if alive.is_empty() {
        return vec![Wish::Notice("what does not run uses nothing".to_owned())];
    }
    vec![Wish::Stats { ids: ids(&alive) }]
}

fn kill(chosen: &[&Container]) -> Vec<Wish> {
    let alive: Vec<&Container> = chosen.iter().copied().filter(|one| one.state.is_alive()).collect();
    if alive.is_empty() {
        return vec![Wish::Notice("what does not run gets no signal".to_owned())];
    }
    question(Question::Signal { ids: ids(&alive) }, format!("A signal to {}", names(&alive)), "SIGTERM")
}

/// Out or in: the direction is chosen first.
fn copying(one: &Container) -> Dialog {
    let ask = |question: Question, title: String| {
        Wish::Ask(Box::new(Dialog::new(title, Body::Ask(Ask::new(question, "")))))
    };
    let id = || one.id.clone();
    let item = |label: &str, command: String, wish: Wish| Item {
        label: label.to_owned(),
        action: None,
        command,
        wishes: vec![wish],
    };
    let short = one.short_id();
    let items = vec![
        item(
            "Out of the container",
            format!("cp {short}:PATH FOLDER"),
            ask(Question::CopyOut { id: id() }, format!("Copy files out of {}", name(one))),
        ),
        item(
            "Into the container",
            format!("cp PATH {short}:FOLDER"),
            ask(Question::CopyIn { id: id() }, format!("Copy files into {}", name(one))),
        ),
    ];
    Dialog::new(format!("Copy files · {}", name(one)), Body::Menu(items))
}
